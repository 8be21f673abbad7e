#pragma once

#include "sources/translate.hpp"

#include <string>

/// Answers in the words of each protocol.
namespace postrider::sources {

/// The answer when all messages are stored.
struct stored_message {
  std::string message_id;
  std::int64_t transaction = 0;
  std::string to;
  /// It was stored for an earlier request.
  bool repeated = false;
};

struct source_answer {
  unsigned status = 200;
  std::string body;
};

source_answer answer_of(const source_settings& of, const translation& what,
                        const std::vector<stored_message>& stored, actors::time_point now);

/// The body of a refusal in the protocol's own form; empty: the protocol has none.
std::string refusal_body(source_type type, unsigned status, std::string_view detail);

/// The status that makes the sender repeat a request which is only refused for now: 503 for 408,
/// 409 and 429, after which Alertmanager would drop its alert. Others stay.
unsigned status_for_sender(unsigned status);

}  // namespace postrider::sources
