#include "actors/rules/provider_directory.hpp"

#include "actors/providers/test_mode.hpp"
#include "actors/rules/provider_lookup.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

const provider_settings* find(const std::vector<provider_settings>& wanted,
                              const std::string& name) {
  const auto at = std::ranges::find(wanted, name, &provider_settings::name);
  return at == wanted.end() ? nullptr : &*at;
}

std::shared_ptr<provider_runtime> make_runtime(const persistence::provider& record,
                                               const provider_settings& settings,
                                               std::shared_ptr<const driver> driver,
                                               const limit_settings& limits) {
  auto runtime = std::make_shared<provider_runtime>();
  runtime->record = record;
  runtime->settings = settings;
  runtime->driver = std::move(driver);
  runtime->window = std::make_shared<sender_window>(limits.sender_window);
  return runtime;
}

}  // namespace

directory_ptr make_directory(const std::vector<persistence::provider>& known,
                             const std::vector<provider_settings>& wanted,
                             const limit_settings& limits) {
  auto directory = std::make_shared<provider_directory>();
  for (const auto& record : known) {
    directory->all.emplace(record.id, record);
    const auto* settings = find(wanted, record.name);
    if (!settings) continue;
    auto driver = make_driver(*settings);
    if (!driver) {
      log(log_level::error, "providers",
          "provider " + settings->name + " cannot be used: " + driver.error());
      continue;
    }
    directory->usable.emplace(record.id,
                              make_runtime(record, *settings, std::move(*driver), limits));
  }
  return directory;
}

boost::system::result<driver_set, std::string> make_drivers(
    const provider_directory& before, const std::vector<provider_settings>& wanted) {
  driver_set drivers;
  for (const auto& settings : wanted) {
    const auto old = runtime_named(before, settings.name);
    const auto* known = provider_named(before.all, settings.name);
    if (known && known->type != settings.type)
      return "provider " + settings.name + " is of type " + known->type +
             " and cannot become one of type " + settings.type +
             ": what waits for it has addresses of its type; give the new one another name";
    if (old && old->settings == settings) {
      drivers.emplace(settings.name, old->driver);
      continue;
    }
    auto driver = make_driver(settings);
    if (!driver) return "provider " + settings.name + " cannot be used: " + driver.error();
    drivers.emplace(settings.name, std::move(*driver));
  }
  return drivers;
}

driver_set drivers_in_use(const provider_directory& directory) {
  driver_set drivers;
  for (const auto& [id, provider] : directory.usable)
    if (!provider->gone) drivers.emplace(provider->settings.name, provider->driver);
  return drivers;
}

std::vector<persistence::provider> as_configured(std::vector<persistence::provider> known,
                                                 const std::vector<provider_settings>& wanted) {
  for (auto& record : known) {
    const auto* settings = find(wanted, record.name);
    record.configured = settings && settings->active;
    if (!settings) continue;
    record.type = settings->type;
    record.priority = settings->priority;
  }
  return known;
}

directory_ptr change_directory(const provider_directory& before,
                               const std::vector<persistence::provider>& known,
                               const std::vector<provider_settings>& wanted,
                               const driver_set& drivers, const limit_settings& limits,
                               reload_report& report) {
  auto directory = std::make_shared<provider_directory>();
  directory->version = before.version;
  for (const auto& record : known) {
    directory->all.emplace(record.id, record);
    const auto driver = drivers.find(record.name);
    const auto* settings = driver == drivers.end() ? nullptr : find(wanted, record.name);
    const auto found = before.usable.find(record.id);
    const auto old = found == before.usable.end() ? nullptr : found->second;
    if (!settings && !old) continue;
    if (!settings) {
      if (!old->gone) report.removed.push_back(record.name);
      auto gone = std::make_shared<provider_runtime>(*old);
      gone->record = record;
      gone->gone = true;
      directory->usable.emplace(record.id, std::move(gone));
      continue;
    }
    if (old && !old->gone && old->settings == *settings && old->record == record) {
      directory->usable.emplace(record.id, old);
      continue;
    }
    auto runtime = make_runtime(record, *settings, driver->second, limits);
    if (old) runtime->window = old->window;
    (old && !old->gone ? report.changed : report.added).push_back(record.name);
    directory->usable.emplace(record.id, std::move(runtime));
  }
  return directory;
}

}  // namespace postrider::actors
