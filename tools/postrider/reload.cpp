#include "tools/postrider/reload.hpp"

#include "tools/postrider/log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace postrider::cli {

namespace {

constexpr std::string_view provider_section = "provider.";
constexpr std::string_view source_section = "source.";
/// It is part of each provider's settings.
constexpr std::string_view proxy_section = "http_proxy";
/// A key of [messaging], but every provider has its value.
constexpr std::string_view default_of_providers = "worker_count";

std::map<std::string, std::string> values_that_stay(const configuration& one) {
  std::map<std::string, std::string> values;
  for (const auto& value : one.effective)
    if (!value.section.starts_with(provider_section) &&
        !value.section.starts_with(source_section) && value.section != proxy_section &&
        value.key != default_of_providers)
      values.emplace(value.section + "." + value.key, value.spelling);
  return values;
}

/// The same mistakes as at the start, but in the log, because no person looks at a terminal then.
std::optional<configuration> read_again(const command_context& context, const std::string& path) {
  const auto refuse = [](const std::string& sentence) {
    log(log_level::error, "reload", sentence);
    return std::nullopt;
  };
  const auto file = find_configuration(path);
  if (!file) return refuse(file.error().sentence());
  auto loaded = load_configuration(*file, context.variables);
  if (!loaded) return refuse(loaded.error().sentence());
  if (loaded->mistakes.empty()) return std::move(*loaded);
  for (const auto& wrong : loaded->mistakes)
    log(log_level::error, "reload", to_string(wrong));
  return refuse(fmt::format("{} has {} mistakes, nothing changed", *file, loaded->mistakes.size()));
}

std::string named(const char* what, const std::vector<std::string>& names) {
  return names.empty() ? "" : fmt::format("; {}: {}", what, fmt::join(names, ", "));
}

void tell(const actors::result<actors::reload_report>& done) {
  if (!done) {
    log(log_level::error, "reload", "nothing changed: " + done.error().detail);
    return;
  }
  const auto& report = *done;
  const auto text = named("added", report.added) + named("changed", report.changed) +
                    named("removed", report.removed);
  log(log_level::info, "reload",
      text.empty() ? "the configuration was reloaded; the providers are the same"
                   : "the configuration was reloaded" + text);
}

}  // namespace

namespace {

/// The names of the sources that were added, changed and removed.
void log_sources(const std::vector<sources::source_settings>& before,
                 const std::vector<sources::source_settings>& after) {
  std::vector<std::string> added, changed, removed;
  const auto find = [](const auto& in, const std::string& name) {
    return std::ranges::find(in, name, &sources::source_settings::name);
  };
  for (const auto& one : after) {
    const auto old = find(before, one.name);
    if (old == before.end()) added.push_back(one.name);
    else if (!(*old == one)) changed.push_back(one.name);
  }
  for (const auto& one : before)
    if (find(after, one.name) == after.end()) removed.push_back(one.name);
  const auto text = named("added", added) + named("changed", changed) + named("removed", removed);
  if (!text.empty()) log(log_level::info, "reload", "sources" + text);
}

}  // namespace

std::vector<std::string> keys_that_need_a_restart(const configuration& before,
                                                  const configuration& after) {
  const auto old = values_that_stay(before);
  std::vector<std::string> keys;
  for (const auto& [key, spelling] : values_that_stay(after)) {
    const auto found = old.find(key);
    if (found == old.end() || found->second != spelling) keys.push_back(key);
  }
  return keys;
}

namespace {

void log_renewal(const boost::system::result<inbound::tls_in_force, std::string>& renewed,
                 std::string_view of) {
  if (!renewed)
    log(log_level::error, "reload", renewed.error() + "; the certificate in force stays");
  else if (!renewed->certificate.empty())
    log(log_level::info, "reload",
        fmt::format("new connections{} get the certificate of {}, valid until {}", of,
                    renewed->certificate, renewed->last_day));
}

}  // namespace

void renew_certificate(http::server& server) { log_renewal(server.renew_certificate(), ""); }
void renew_certificate(smtp::server& server) {
  log_renewal(server.renew_certificate(), " of [smtp]");
}

void reload(const command_context& context, const std::string& path, const configuration& at_start,
            actors::delivery_system& delivery, http::server& server,
            std::vector<sources::source_settings>& in_force) {
  auto loaded = read_again(context, path);
  if (!loaded) return;
  const auto keys = keys_that_need_a_restart(at_start, *loaded);
  if (!keys.empty())
    log(log_level::warning, "reload",
        fmt::format("only providers and sources change while the server runs; restart it for {}",
                    fmt::join(keys, ", ")));
  log_sources(in_force, loaded->settings.http.sources);
  in_force = loaded->settings.http.sources;
  server.common().sources.put(in_force);
  delivery.reload(loaded->settings.delivery.providers, tell);
}

}  // namespace postrider::cli
