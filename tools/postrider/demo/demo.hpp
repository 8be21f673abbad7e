#pragma once

#include "tools/postrider/configuration.hpp"
#include "tools/postrider/demo/demo_providers.hpp"

#include <filesystem>
#include <memory>

namespace postrider::cli {

/// A server to look at: simulated providers, made-up messages, a database that ends with it. No
/// configuration is read, and nobody but this machine can reach it.
struct demo {
  /// The folder of the database; deleted with its last holder.
  std::shared_ptr<const std::filesystem::path> folder;
  std::unique_ptr<demo_providers> providers;
  configuration settings;
  /// A listening socket.
  int socket = -1;
};

/// Everything but the server itself; the error is a sentence for the operator. Of the environment
/// only POSTRIDER_HTTP__LISTEN counts, and a database that it names is refused. Without it port
/// 8080 is taken if it is free, else another one.
outcome<demo> prepare_demo(const environment& variables);

}  // namespace postrider::cli
