#pragma once

#include "actors/environment.hpp"

/// The change of a pipeline's directory when the configuration is read: pure functions of the old
/// directory and the wanted settings.
namespace postrider::actors {

/// The ledger's providers and how this process can use them. One whose driver cannot be made is
/// logged and left out of `usable`.
directory_ptr make_directory(const std::vector<persistence::provider>& known,
                             const std::vector<provider_settings>& wanted,
                             const limit_settings& limits);

/// The drivers of a changed configuration, by name. Only what differs from `before` is made; the
/// first one that cannot be made, or that is of another type than it was, is the error: rows that
/// wait for a provider have addresses of its type.
using driver_set = std::map<std::string, std::shared_ptr<const driver>>;
boost::system::result<driver_set, std::string> make_drivers(
    const provider_directory& before, const std::vector<provider_settings>& wanted);

/// For a change without new settings. Working drivers stay as they are, and one that could not be
/// made at the start is no obstacle.
driver_set drivers_in_use(const provider_directory& directory);

/// The ledger's providers as this process has them: whether one is switched on is everybody's, its
/// type, its priority and whether it is configured are what this process's own file says. So nodes
/// whose files differ, as they do while a change goes from one to the next, do not switch off each
/// other's providers.
std::vector<persistence::provider> as_configured(std::vector<persistence::provider> known,
                                                 const std::vector<provider_settings>& wanted);

/// `before` with these providers. Unchanged providers keep their object, changed ones keep their
/// window, removed ones stay and are marked `gone`. A provider without a driver is not usable. The
/// names of the differences are in `report`.
directory_ptr change_directory(const provider_directory& before,
                               const std::vector<persistence::provider>& known,
                               const std::vector<provider_settings>& wanted,
                               const driver_set& drivers, const limit_settings& limits,
                               reload_report& report);

}  // namespace postrider::actors
