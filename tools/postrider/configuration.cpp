#include "tools/postrider/configuration.hpp"

#include "base/nearest.hpp"
#include "tools/postrider/configuration_checks.hpp"
#include "tools/postrider/key_table.hpp"
#include "tools/postrider/provider_reader.hpp"
#include "tools/postrider/proxy_checks.hpp"
#include "tools/postrider/smtp_checks.hpp"
#include "tools/postrider/source_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace postrider::cli {

namespace {

std::string section_title(std::string_view name) { return fmt::format("[{}]", name); }

void read_section(reading& to, const toml_node& file, std::string_view section,
                  server_settings& settings) {
  const auto* member = file.find(section);
  const toml_node* table = member == nullptr ? nullptr : &member->node.front();
  if (table != nullptr && table->value.is != raw_value::type::table) {
    to.wrong(table->value.at, fmt::format("{} is not a table", in_quotes(section)),
             section_title(section));
    table = nullptr;
  }
  const auto at = table == nullptr ? position{} : table->value.at;
  table_reader from(to, table, at, section_title(section), std::string(section),
                    {std::string(section)});
  for (const auto& key : section_keys()) {
    if (key.section == section) key.store(settings, from.read(key.info));
  }
  from.refuse_unknown_keys();
  check_section(to, from, section, settings);
}

void refuse_unknown_sections(reading& to, const toml_node& file) {
  std::vector<std::string> known;
  for (const auto& section : sections())
    known.emplace_back(section.name);
  known.emplace_back("provider");
  known.emplace_back("source");
  for (const auto& member : file.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const bool table = member.node.front().value.is == raw_value::type::table;
    to.wrong(
        member.at, fmt::format("unknown {} {}", table ? "section" : "key", in_quotes(member.key)),
        fmt::format("one of the sections {}", fmt::join(known, ", ")), nearest(member.key, known));
  }
}

void refuse_unknown_variables(reading& to) {
  const std::vector<std::string> known(to.known_variables.begin(), to.known_variables.end());
  for (const auto& [name, text] : to.variables) {
    if (!names_a_key(name) || to.known_variables.contains(name)) continue;
    to.mistakes.push_back({"environment variable " + name,
                           {},
                           "unknown key",
                           "POSTRIDER_SECTION__KEY, POSTRIDER_PROVIDER__NAME__KEY or "
                           "POSTRIDER_SOURCE__NAME__KEY",
                           nearest(name, known)});
  }
}

}  // namespace

configuration read_configuration(const std::string& name, std::string_view text,
                                 const environment& variables) {
  configuration result;
  reading to{.file = name, .variables = variables};
  const auto file = parse_toml(text);
  if (!file) {
    to.wrong(file.error().at, "this is not TOML: " + file.error().message);
    result.mistakes = std::move(to.mistakes);
    return result;
  }
  auto& settings = result.settings;
  refuse_unknown_sections(to, *file);
  for (const auto& section : sections())
    read_section(to, *file, section.name, settings);
  settings.database.lease = settings.delivery.node.lease;
  const auto* member = file->find("provider");
  const auto providers = read_providers(to, member == nullptr ? nullptr : &member->node.front(),
                                        settings.delivery.messaging);
  for (const auto& provider : providers) {
    auto& made = settings.delivery.providers.emplace_back(provider.settings);
    const auto* type = actors::find_driver_type(made.type);
    if (type != nullptr && type->over_http)
      made.proxy = proxy_in_force(made.proxy, settings.delivery.proxy);
  }
  const auto* sources = file->find("source");
  settings.http.sources = read_sources(to, sources == nullptr ? nullptr : &sources->node.front());
  auto& smtp = settings.smtp;
  smtp.keys_required = settings.http.keys_required;
  if (smtp.tls_certificate.empty() && smtp.tls_key.empty()) {
    smtp.tls_certificate = settings.http.tls_certificate;
    smtp.tls_key = settings.http.tls_key;
  }
  check_smtp(to, *file, settings);
  check_reach(to, *file, settings.http);
  check_lease(to, *file, providers, settings.delivery.node);
  refuse_unknown_variables(to);
  result.effective = std::move(to.effective);
  result.mistakes = std::move(to.mistakes);
  sort_mistakes(result.mistakes);
  return result;
}

outcome<configuration> load_configuration(const std::string& path, const environment& variables) {
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad())
    return failure::because(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  return read_configuration(path, text.str(), variables);
}

outcome<std::string> find_configuration(const std::string& path) {
  if (!path.empty()) return path;
  for (const std::string candidate : {"config.toml", "/etc/postrider/config.toml"}) {
    std::error_code ignored;
    if (std::filesystem::exists(candidate, ignored)) return candidate;
  }
  return failure::because(
      "there is no configuration: neither ./config.toml nor /etc/postrider/config.toml exists; "
      "write one with \"postrider check-config --defaults > config.toml\", or name it with "
      "--config FILE");
}

}  // namespace postrider::cli
