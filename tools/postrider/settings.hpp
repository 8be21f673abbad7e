#pragma once

#include "actors/settings.hpp"
#include "http/settings.hpp"
#include "persistence/ledger.hpp"
#include "smtp/settings.hpp"

#include <cstdint>

/// Everything that the configuration says, as the layers want it.
namespace postrider::cli {

enum class log_format : std::uint8_t { text, json };
enum class log_recipients : std::uint8_t { masked, full };

struct log_settings {
  /// "debug", "info", "warning" or "error".
  std::string level = "info";
  log_format format = log_format::text;
  log_recipients recipients = log_recipients::masked;
};

struct server_settings {
  /// A path, "auto" or "none"; see local_socket.hpp.
  std::string local_socket = "auto";
  actors::delivery_settings delivery;
  /// With the sources.
  http::http_settings http;
  smtp::smtp_settings smtp;
  persistence::database_settings database;
  log_settings log;
};

}  // namespace postrider::cli
