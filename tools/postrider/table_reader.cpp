#include "tools/postrider/table_reader.hpp"

#include "base/nearest.hpp"
#include "tools/postrider/secret.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace postrider::cli {

void reading::wrong(position at, std::string found, std::string expected, std::string nearest) {
  mistakes.push_back({file, at, std::move(found), std::move(expected), std::move(nearest)});
}

table_reader::table_reader(reading& to, const toml_node* table, position at, std::string title,
                           std::string section, std::vector<std::string> variables)
    : to_(to),
      at_(at),
      title_(std::move(title)),
      section_(std::move(section)),
      variables_(std::move(variables)) {
  if (table != nullptr) flatten(*table, {});
}

void table_reader::flatten(const toml_node& table, const std::string& prefix) {
  for (const auto& member : table.members) {
    const auto& node = member.node.front();
    in_file_.push_back({prefix + member.key, member.at, &node});
    if (node.value.is == raw_value::type::table) flatten(node, prefix + member.key + ".");
  }
}

const table_reader::file_key* table_reader::find(std::string_view key) const {
  const auto found =
      std::find_if(in_file_.begin(), in_file_.end(), [&](const auto& k) { return k.name == key; });
  return found == in_file_.end() ? nullptr : &*found;
}

const raw_value* table_reader::in_file(std::string_view key) const {
  const auto* found = find(key);
  return found == nullptr ? nullptr : &found->node->value;
}

position table_reader::where(std::string_view key) const {
  const auto* found = find(key);
  return found == nullptr ? at_ : found->node->value.at;
}

std::string table_reader::variable(std::string_view key) const {
  if (variables_.empty()) return {};
  return variables_.size() == 1 ? variable_name(variables_[0], key)
                                : variable_name(variables_[0], variables_[1], key);
}

std::optional<table_reader::source> table_reader::look_up(const std::string& key) {
  const auto name = variable(key);
  if (!name.empty()) {
    to_.known_variables.insert(name);
    if (const auto set = to_.variables.find(name); set != to_.variables.end()) {
      asked_.push_back(key);
      return source{
          {raw_value::type::untyped, set->second, {}}, name, "environment variable " + name};
    }
  }
  return look_up_in_file(key);
}

std::optional<table_reader::source> table_reader::look_up_in_file(const std::string& key) {
  asked_.push_back(key);
  if (const auto* found = find(key)) {
    const auto& raw = found->node->value;
    return source{raw, fmt::format("{}:{}", to_.file, raw.at.line), to_.file};
  }
  return {};
}

void table_reader::wrong_at(const source& from, std::string found, std::string expected,
                            std::string nearest) {
  to_.mistakes.push_back(
      {from.place, from.raw.at, std::move(found), std::move(expected), std::move(nearest)});
}

void table_reader::show(const key_info& key, const std::string& name, const std::string& text,
                        const std::string& origin) {
  to_.effective.push_back({section_, name, toml_spelling(key, redacted(text)), origin});
}

value table_reader::understood(const key_info& key, const source& from) {
  const auto parsed = parse_value(key, from.raw);
  if (parsed) {
    show(key, key.name, from.raw.text, from.origin);
    return *parsed;
  }
  const auto& error = parsed.error();
  wrong_at(from, fmt::format("{} is {}", in_quotes(key.name), redacted(error.found)),
           error.expected, error.nearest);
  return default_of(key);
}

value table_reader::default_of(const key_info& key) {
  // An optional key without a default is simply absent.
  const auto parsed = parse_value(key, {raw_value::type::untyped, key.default_value, {}});
  return parsed ? *parsed : value{};
}

void table_reader::missing(const key_info& key) {
  to_.wrong(at_, fmt::format("{} has no {}", title_, in_quotes(key.name)), expectation(key));
}

value table_reader::read(const key_info& key) {
  if (key.kind == value_kind::secret) return read_secret(key);
  return read_or_default(key, look_up(key.name));
}

value table_reader::read_from_file(const key_info& key) {
  return read_or_default(key, look_up_in_file(key.name));
}

const toml_node* table_reader::read_node(const std::string& key) {
  asked_.push_back(key);
  const auto* found = find(key);
  return found == nullptr ? nullptr : found->node;
}

void table_reader::show_node(const std::string& key, const std::string& spelling) {
  to_.effective.push_back(
      {section_, key, spelling, fmt::format("{}:{}", to_.file, where(key).line)});
}

value table_reader::read_or_default(const key_info& key, const std::optional<source>& from) {
  if (from) return understood(key, *from);
  if (!key.default_value.empty()) {
    show(key, key.name, key.default_value, "default");
  } else if (key.required) {
    missing(key);
  }
  return default_of(key);
}

value table_reader::read_secret(const key_info& key) {
  const auto inline_value = look_up(key.name);
  // A secret in a file that is read by people, or in a variable that is listed by tools, is no
  // secret.
  if (inline_value) {
    wrong_at(*inline_value,
             fmt::format("{} is a secret and must not be written here", in_quotes(key.name)),
             expectation(key));
  }
  const key_info text{
      .name = key.name, .kind = value_kind::text, .default_value = {}, .choices = {}, .help = {}};
  auto file = look_up(key.name + "_file");
  auto name = look_up(key.name + "_env");
  if (file && name && file->raw.at.line > 0 && name->raw.at.line > 0) {
    wrong_at(*name, fmt::format("{0}_file and {0}_env are both given", key.name), "one of them");
  }
  // A variable of ours comes before the file, whichever of the two it is.
  if (file && name && name->raw.at.line == 0 && file->raw.at.line > 0) file.reset();
  const auto& chosen = file ? file : name;
  if (!chosen) {
    if (key.required && !inline_value) missing(key);
    return {};
  }
  const auto used = key.name + (file ? "_file" : "_env");
  if (!parse_value(text, chosen->raw)) {
    wrong_at(*chosen, fmt::format("{} is not a text", in_quotes(used)), expectation(key));
    return {};
  }
  const auto secret = file ? read_secret_file(chosen->raw.text)
                           : read_secret_variable(to_.variables, chosen->raw.text);
  if (!secret) {
    wrong_at(*chosen, fmt::format("{}: {}", in_quotes(used), secret.error().sentence()), {});
    return {};
  }
  show(text, used, chosen->raw.text, chosen->origin);
  value found;
  found.text = *secret;
  return found;
}

std::vector<std::string> table_reader::offered_keys() const {
  std::vector<std::string> offered;
  for (const auto& known : asked_) {
    // A secret is asked for by its bare name only to refuse it.
    const bool secret = std::find(asked_.begin(), asked_.end(), known + "_file") != asked_.end();
    if (!secret) offered.push_back(known);
  }
  return offered;
}

void table_reader::refuse_unknown_keys() {
  const auto is_known = [&](const std::string& name) {
    return std::any_of(asked_.begin(), asked_.end(), [&](const auto& known) {
      return known == name || name.starts_with(known + ".");
    });
  };
  for (const auto& key : in_file_) {
    if (is_known(key.name)) continue;
    const auto& raw = key.node->value;
    std::vector<std::string> inside;
    for (const auto& known : asked_) {
      if (known.starts_with(key.name + ".")) inside.push_back(known.substr(key.name.size() + 1));
    }
    if (!inside.empty()) {
      if (raw.is == raw_value::type::table) continue;
      to_.wrong(raw.at, fmt::format("{} is not a table", in_quotes(key.name)),
                fmt::format("a table with {}", fmt::join(inside, ", ")));
      continue;
    }
    // The content of an unknown table is not looked at.
    const auto dot = key.name.find_last_of('.');
    if (dot != std::string::npos && !is_known(key.name.substr(0, dot)) &&
        std::none_of(asked_.begin(), asked_.end(), [&](const auto& known) {
          return known.starts_with(key.name.substr(0, dot + 1));
        })) {
      continue;
    }
    const auto offered = offered_keys();
    to_.wrong(key.at, fmt::format("unknown key {} in {}", in_quotes(key.name), title_),
              fmt::format("one of {}", fmt::join(offered, ", ")), nearest(key.name, offered));
  }
}

}  // namespace postrider::cli
