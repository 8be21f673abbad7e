#include "tools/postrider/source_config.hpp"

#include "actors/rules/addresses.hpp"
#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "sources/template.hpp"
#include "tools/postrider/key_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace postrider::cli {

namespace {

using sources::source_settings;
using sources::source_type;

constexpr std::size_t max_source_name = 64;
constexpr std::string_view source_title = "[[source]]";

bool is_source_name(std::string_view name) {
  return !name.empty() && name.size() <= max_source_name &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

bool is_text(const toml_node& node) { return node.value.is == raw_value::type::string; }

/// The name as far as it can be used to speak of this source, else empty.
std::string shown_name(const toml_node& table) {
  const auto* name = table.find("name");
  if (name == nullptr || !is_text(name->node.front())) return {};
  const auto& text = name->node.front().value.text;
  return is_source_name(text) ? text : std::string{};
}

/// One [[source]] while it is read.
class source_config {
 public:
  source_config(reading& to, table_reader& from, source_settings& into)
      : to_(to), from_(from), into_(into) {}

  void read(const std::vector<source_settings>& before) {
    for (const auto& key : source_keys()) {
      if (key.info.name == "name") into_.name = from_.read_from_file(key.info).text;
      else if (key.info.name == "type") read_type(key.info);
      else if (key.info.name == "fallback_on_undelivered") read_optional(key);
      else if (key.info.name == "dedupe") read_dedupe(key);
      else if (key.store != nullptr) key.store(into_, from_.read(key.info));
    }
    read_recipients();
    read_topics();
    read_priorities();
    read_values();
    check(before);
    from_.refuse_unknown_keys();
  }

 private:
  void wrong(std::string_view key, std::string found, std::string expected,
             std::string nearest = {}) {
    to_.wrong(from_.where(key), std::move(found), std::move(expected), std::move(nearest));
  }

  void read_type(const key_info& info) {
    const auto type = sources::parse_source_type(from_.read(info).text);
    if (type) into_.type = *type;
    typed_ = type.has_value();
  }

  /// A mail server repeats a mail for longer than other programs repeat a request.
  void read_dedupe(const source_key& key) {
    auto info = key.info;
    const auto of_mail = fmt::format("{}h", sources::mail_dedupe.count());
    if (into_.type == source_type::mail) info.default_value = of_mail;
    key.store(into_, from_.read(info));
  }

  void read_optional(const source_key& key) {
    const auto found = from_.read(key.info);
    if (!found.text.empty()) key.store(into_, found);
  }

  /// The texts of a list; nothing, and a mistake, for something else.
  std::optional<sources::recipient_list> texts_of(const toml_node& node, std::string_view key) {
    if (node.value.is != raw_value::type::array || node.elements.empty() ||
        !std::ranges::all_of(node.elements, is_text)) {
      to_.wrong(node.value.at, fmt::format("{} is not a list of recipients", in_quotes(key)),
                "a list of texts such as [\"user:7\", \"+15551234567\"]");
      return std::nullopt;
    }
    sources::recipient_list texts;
    for (const auto& element : node.elements)
      texts.push_back(element.value.text);
    if (texts.size() > sources::max_source_recipients)
      to_.wrong(node.value.at, fmt::format("{} has {} recipients", in_quotes(key), texts.size()),
                fmt::format("at most {}", sources::max_source_recipients));
    for (const auto& element : node.elements)
      check_recipient(element, key);
    return texts;
  }

  void check_recipient(const toml_node& node, std::string_view key) {
    const auto& text = node.value.text;
    if (sources::names_user(text)) {
      if (sources::named_user(text) == 0)
        to_.wrong(node.value.at, fmt::format("{} names {}", in_quotes(key), in_quotes(text)),
                  "\"user:\" and a number from 1 on");
      return;
    }
    const auto address = actors::parse_recipient(text);
    if (!address)
      to_.wrong(node.value.at, fmt::format("{} names {}", in_quotes(key), in_quotes(text)),
                "\"user:7\", a phone number, an email address or a URL");
    else needs_user_ = true;
  }

  void read_recipients() {
    const auto* node = from_.read_node("to");
    if (node == nullptr) return;
    if (auto texts = texts_of(*node, "to")) {
      into_.to = std::move(*texts);
      from_.show_node("to", list_text(into_.to));
    }
  }

  void read_topics() {
    const auto* node = table_node("topics", "{ backups = [\"user:7\"] }");
    if (node == nullptr) return;
    if (node->members.size() > sources::max_topics)
      wrong("topics", fmt::format("\"topics\" has {} topics", node->members.size()),
            fmt::format("at most {}", sources::max_topics));
    for (const auto& member : node->members)
      if (auto texts = texts_of(member.node.front(), member.key)) {
        from_.show_node("topics." + member.key, list_text(*texts));
        into_.topics[member.key] = std::move(*texts);
      }
    if (typed_ && into_.type != source_type::ntfy)
      wrong("topics", "\"topics\" of a source that is not of type \"ntfy\"", "`to`");
  }

  const toml_node* table_node(const std::string& key, std::string_view example) {
    const auto* node = from_.read_node(key);
    if (node == nullptr || node->value.is == raw_value::type::table) return node;
    wrong(key, fmt::format("{} is not a table", in_quotes(key)),
          fmt::format("a table such as {}", example));
    return nullptr;
  }

  void read_priorities() {
    const auto* node = from_.read_node("priority");
    if (node == nullptr) return;
    if (is_text(*node)) {
      if (set_priority("default", *node)) from_.show_node("priority", in_quotes(node->value.text));
      return;
    }
    if (node->value.is != raw_value::type::table)
      return wrong(
          "priority", "\"priority\" is neither a text nor a table",
          "\"high\", \"normal\" or \"low\", or { critical = \"high\", default = \"normal\" }");
    for (const auto& member : node->members)
      if (set_priority(ascii::lower_case(member.key), member.node.front()))
        from_.show_node("priority." + member.key, in_quotes(member.node.front().value.text));
  }

  bool set_priority(const std::string& level, const toml_node& node) {
    for (const auto one : persistence::all_priorities)
      if (is_text(node) && node.value.text == persistence::to_string(one)) {
        into_.priorities[level] = one;
        return true;
      }
    const std::vector<std::string> known{"high", "normal", "low"};
    to_.wrong(node.value.at, fmt::format("a priority is {}", in_quotes(node.value.text)),
              "one of high, normal, low", nearest(node.value.text, known));
    return false;
  }

  void read_values() {
    const auto* node = table_node("values", "{ host = \"/event/host\" }");
    if (node == nullptr) return;
    if (node->members.size() > sources::max_values)
      wrong("values", fmt::format("\"values\" has {} names", node->members.size()),
            fmt::format("at most {}", sources::max_values));
    for (const auto& member : node->members) {
      const auto& value = member.node.front();
      if (!is_text(value) || !value.value.text.starts_with('/')) {
        to_.wrong(value.value.at, fmt::format("the value of {} is no JSON pointer", member.key),
                  "a text such as \"/event/host\" (RFC 6901)");
        continue;
      }
      into_.values[member.key] = value.value.text;
      from_.show_node("values." + member.key, in_quotes(value.value.text));
    }
  }

  void check(const std::vector<source_settings>& before) {
    check_identity(before);
    for (const auto& [key, text] :
         {std::pair("title", &into_.title), std::pair("message", &into_.message),
          std::pair("dedupe_key", &into_.dedupe_key)})
      check_template(key, *text);
    if (into_.to.empty() && into_.topics.empty() && from_.in_file("to") == nullptr &&
        from_.in_file("topics") == nullptr && !into_.allow_to)
      wrong("to", fmt::format("{} {} has no \"to\"", source_title, in_quotes(into_.name)),
            "a list of recipients such as [\"user:7\"]");
    if (needs_user_ && into_.user == 0)
      wrong("to", "an address in \"to\" without \"user_id\"",
            "user_id, the user of these messages");
    if (!into_.dedupe_key.empty() && typed_ && into_.type != source_type::json)
      wrong("dedupe_key", "\"dedupe_key\" of a source that is not of type \"json\"",
            "nothing: alertmanager and grafana name their events themselves");
    if (!into_.signature_secret.empty() && typed_ && into_.type != source_type::grafana)
      wrong("signature_secret_file", "a signature of a source that is not of type \"grafana\"",
            "an API key");
    if (!into_.host.empty() && into_.host.find_first_of("/: ") != std::string::npos)
      wrong("host", fmt::format("\"host\" is {}", in_quotes(into_.host)),
            "a host name without a port, such as \"ntfy.example.org\"");
  }

  void check_identity(const std::vector<source_settings>& before) {
    if (into_.name.empty()) return;
    if (!is_source_name(into_.name))
      wrong("name", fmt::format("\"name\" is {}", in_quotes(into_.name)),
            "1 to 64 lower-case letters, digits and hyphens");
    for (const auto& other : before) {
      if (other.name == into_.name)
        wrong("name", fmt::format("the source {} is already defined", in_quotes(into_.name)),
              "a name of its own for each source");
      if (!into_.host.empty() && ascii::lower_case(other.host) == ascii::lower_case(into_.host))
        wrong("host",
              fmt::format("the host {} is the source {}'s", in_quotes(into_.host), other.name),
              "a host of its own for each source");
    }
  }

  void check_template(std::string_view key, const std::string& text) {
    if (text.size() > sources::max_template_bytes)
      return wrong(key, fmt::format("{} has {} bytes", in_quotes(key), text.size()),
                   fmt::format("at most {}", sources::max_template_bytes));
    if (const auto fault = sources::template_fault(text))
      wrong(key, fmt::format("{} is no mustache template: {}", in_quotes(key), *fault),
            "tags such as {{status}}, and an end for each section");
  }

  static std::string list_text(const sources::recipient_list& list) {
    std::vector<std::string> quoted;
    for (const auto& one : list)
      quoted.push_back(in_quotes(one));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
  }

  reading& to_;
  table_reader& from_;
  source_settings& into_;
  /// The type is known.
  bool typed_ = false;
  bool needs_user_ = false;
};

}  // namespace

std::vector<source_settings> read_sources(reading& to, const toml_node* tables) {
  std::vector<source_settings> found;
  if (tables == nullptr) return found;
  const bool is_list = tables->value.is == raw_value::type::array &&
                       std::ranges::all_of(tables->elements, [](const auto& e) {
                         return e.value.is == raw_value::type::table;
                       });
  if (!is_list) {
    to.wrong(tables->value.at, "\"source\" is not a list of tables",
             "[[source]] with two brackets");
    return found;
  }
  if (tables->elements.size() > sources::max_sources)
    to.wrong(tables->value.at, fmt::format("there are {} sources", tables->elements.size()),
             fmt::format("at most {}", sources::max_sources));
  for (const auto& table : tables->elements) {
    const auto name = shown_name(table);
    const auto shown = name.empty() ? fmt::format("number {}", found.size() + 1) : in_quotes(name);
    table_reader from(
        to, &table, table.value.at, fmt::format("{} {}", source_title, shown), "source." + name,
        name.empty() ? std::vector<std::string>{} : std::vector<std::string>{"source", name});
    source_settings settings;
    source_config(to, from, settings).read(found);
    found.push_back(std::move(settings));
  }
  return found;
}

}  // namespace postrider::cli
