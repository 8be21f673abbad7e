#include "tools/postrider/provider_reader.hpp"

#include "actors/providers/driver.hpp"
#include "base/nearest.hpp"
#include "tools/postrider/key_table.hpp"
#include "tools/postrider/proxy_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

namespace postrider::cli {

namespace {

constexpr std::size_t max_name = 64;

bool is_provider_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

/// The name as far as it can be used to speak of this provider, else empty.
std::string usable_name(const toml_node& table) {
  const auto* name = table.find("name");
  if (name == nullptr || name->node.front().value.is != raw_value::type::string) return {};
  const auto& text = name->node.front().value.text;
  return is_provider_name(text) ? text : std::string{};
}

/// A driver takes all its keys as texts: durations in their own spelling, booleans as true and
/// false.
void read_type_keys(table_reader& from, const actors::driver_type& type,
                    actors::provider_settings& to, const reading& all,
                    std::vector<std::string>& misread) {
  for (const auto& key : type_keys(type)) {
    const auto before = all.mistakes.size();
    auto found = from.read(key);
    if (all.mistakes.size() > before) misread.push_back(key.name);
    if (found.text.empty() && !key.default_value.empty()) found.text = key.default_value;
    if (!found.text.empty()) to.keys[key.name] = found.text;
  }
}

void check_name(reading& to, const table_reader& from, const std::string& name,
                const std::vector<read_provider>& others) {
  if (name.empty()) return;
  const auto at = from.where("name");
  if (!is_provider_name(name)) {
    to.wrong(at, fmt::format("\"name\" is {}", in_quotes(name)),
             "1 to 64 lower-case letters, digits and hyphens");
  }
  for (const auto& other : others) {
    if (other.settings.name != name) continue;
    to.wrong(at,
             fmt::format("the provider {} is already defined in line {}", in_quotes(name),
                         other.at.line),
             "a name of its own for each provider");
    return;
  }
}

const actors::driver_type* check_type(reading& to, const table_reader& from,
                                      const std::string& type) {
  if (type.empty()) return nullptr;
  const auto* found = actors::find_driver_type(type);
  if (found == nullptr) {
    const auto names = provider_type_names();
    to.wrong(from.where("type"), fmt::format("\"type\" is {}", in_quotes(type)),
             fmt::format("one of {}", fmt::join(names, ", ")), nearest(type, names));
  }
  return found;
}

/// Notes mistakes that only several keys together show.
void check_together(reading& to, const table_reader& from,
                    const actors::provider_settings& settings) {
  if (settings.connect_timeout > settings.timeout) {
    to.wrong(from.where("connect_timeout"),
             fmt::format("\"connect_timeout\" is longer than \"timeout\", {}",
                         in_quotes(duration_text(settings.timeout))),
             "at most the time for the whole delivery");
  }
  auto wrong = check_proxy(settings.proxy);
  // An empty text is a value too: no host is called directly.
  if (!wrong && settings.proxy.url.empty() && settings.proxy.no_proxy.empty() &&
      from.in_file("proxy.no_proxy") != nullptr)
    wrong = no_proxy_alone();
  if (wrong)
    to.wrong(from.where("proxy." + wrong->key),
             fmt::format("\"proxy.{}\": {}", wrong->key, wrong->found), wrong->expected);
}

/// All that the driver finds wrong, but for what follows from keys that could not be read.
void ask_driver(reading& to, const table_reader& from, const actors::driver_type& type,
                const actors::provider_settings& settings, std::string_view shown,
                const std::vector<std::string>& misread) {
  const auto made = type.make(settings);
  if (made) return;
  std::istringstream problems(made.error());
  for (std::string one; std::getline(problems, one);) {
    const bool follows = std::ranges::any_of(
        misread, [&](const std::string& key) { return one.find(key) != std::string::npos; });
    if (follows) continue;
    // They begin with the key's name.
    to.wrong(from.where(one.substr(0, one.find(':'))),
             fmt::format("[[provider]] {}: {}", shown, one));
  }
}

read_provider read_one(reading& to, const toml_node& table, std::size_t number,
                       const actors::messaging_settings& messaging,
                       const std::vector<read_provider>& before) {
  const auto name = usable_name(table);
  const auto shown = name.empty() ? fmt::format("number {}", number) : in_quotes(name);
  std::vector<std::string> variables;
  if (!name.empty()) variables = {"provider", name};
  table_reader from(to, &table, table.value.at, fmt::format("[[provider]] {}", shown),
                    fmt::format("provider.{}", name), variables);
  read_provider result{{}, table.value.at};
  auto& settings = result.settings;

  // The defaults of the others depend on the type, so it is read first.
  const actors::driver_type unknown_type{};
  const actors::driver_type* type = nullptr;
  for (const auto& key : common_provider_keys(unknown_type, messaging)) {
    if (key.info.name == "name") settings.name = from.read_from_file(key.info).text;
    if (key.info.name == "type") settings.type = from.read(key.info).text;
  }
  check_name(to, from, settings.name, before);
  type = check_type(to, from, settings.type);
  for (const auto& key : common_provider_keys(type == nullptr ? unknown_type : *type, messaging)) {
    if (key.store != nullptr) key.store(settings, from.read(key.info));
  }
  check_together(to, from, settings);
  // Without a type nobody knows which other keys there are.
  if (type == nullptr) return result;
  std::vector<std::string> misread;
  read_type_keys(from, *type, settings, to, misread);
  from.refuse_unknown_keys();
  ask_driver(to, from, *type, settings, shown, misread);
  return result;
}

}  // namespace

std::vector<std::string> provider_type_names() {
  std::vector<std::string> names;
  for (const auto& type : actors::driver_types())
    names.emplace_back(type.name);
  return names;
}

std::vector<read_provider> read_providers(reading& to, const toml_node* providers,
                                          const actors::messaging_settings& messaging) {
  std::vector<read_provider> found;
  if (providers == nullptr) return found;
  const bool tables =
      providers->value.is == raw_value::type::array &&
      std::all_of(providers->elements.begin(), providers->elements.end(),
                  [](const auto& e) { return e.value.is == raw_value::type::table; });
  if (!tables) {
    to.wrong(providers->value.at, "\"provider\" is not a list of tables",
             "[[provider]] with two brackets");
    return found;
  }
  for (const auto& table : providers->elements) {
    found.push_back(read_one(to, table, found.size() + 1, messaging, found));
  }
  return found;
}

}  // namespace postrider::cli
