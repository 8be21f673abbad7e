#pragma once

#include "persistence/model.hpp"

/// Who may call the API, and what was answered already, as plain values.
namespace postrider::persistence {

/// SHA-256.
using hash = std::array<std::uint8_t, 32>;

/// Small integers; 0 is "no key": a server that asks for none.
using api_key_id = std::int64_t;

/// What a client says when it may post the same message again.
struct idempotency_claim {
  api_key_id client = 0;
  hash key{};
  /// Of the request's body.
  hash body{};
  time_point expires_at{};
};

/// One transaction as the first answer had it; a reroute may have changed it since.
struct answered_transaction {
  transaction_id id = 0;
  provider_id provider = 0;
  std::string recipient;
  bool operator==(const answered_transaction&) const = default;
};

/// What was answered when an idempotency key came first.
struct first_answer {
  message_id message;
  hash body{};
  std::vector<answered_transaction> transactions;
};

}  // namespace postrider::persistence
