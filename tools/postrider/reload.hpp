#pragma once

#include "actors/node/delivery_system.hpp"
#include "http/connection/server.hpp"
#include "smtp/server.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/configuration.hpp"

namespace postrider::cli {

/// SIGHUP: reads the configuration again and brings its providers and sources into force. What
/// cannot change while the server runs is named in the log, with what has to be done; a
/// configuration with mistakes changes nothing. `at_start` is the one that the server began with,
/// `in_force` its sources as of the last reload.
void reload(const command_context& context, const std::string& path, const configuration& at_start,
            actors::delivery_system& delivery, http::server& server,
            std::vector<sources::source_settings>& in_force);

/// Also SIGHUP, whatever became of the configuration: a renewed certificate comes into force.
void renew_certificate(http::server& server);
void renew_certificate(smtp::server& server);

/// The keys, outside [[provider]] and [[source]], that differ: "http.listen".
std::vector<std::string> keys_that_need_a_restart(const configuration& before,
                                                  const configuration& after);

}  // namespace postrider::cli
