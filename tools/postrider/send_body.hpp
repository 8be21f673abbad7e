#pragma once

#include "tools/postrider/commands.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace postrider::cli {

/// Members of a message that the command line can give, beside its text.
struct message_options {
  std::int64_t user = 0;
  std::vector<std::string> to;
  std::string type, subject, html, priority, send_at, ttl, reference, idempotency_key;
  /// "NAME=VALUE"
  std::vector<std::string> metadata;
};

void add_message_options(CLI::App& sub, message_options& options);

/// The body of POST /send/message. The failure is a mistake on the command line.
outcome<boost::json::object> send_body(const message_options& given, const std::string& text);

}  // namespace postrider::cli
