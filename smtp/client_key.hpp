#pragma once

#include "smtp/dialogue_host.hpp"
#include "smtp/reply.hpp"

#include <memory>
#include <optional>
#include <string>

namespace postrider::smtp {

/// The API key that a client logged in with, if it did.
class client_key {
 public:
  /// The reply when this key is not good enough; then the client has none.
  std::optional<reply> log_in(std::string key, const client_facts& client, dialogue_host& host);
  /// Before each mail, because a key may be revoked meanwhile, and has a rate. Also for a client
  /// without a key.
  std::optional<reply> check(const client_facts& client, dialogue_host& host);
  void forget() { *this = {}; }

  bool is_given() const { return !text_.empty(); }
  /// Null: there is none, or none that is looked at.
  const std::shared_ptr<const persistence::api_key>& known() const { return known_; }

 private:
  std::optional<reply> check_given(const client_facts& client, dialogue_host& host);

  std::string text_;
  std::shared_ptr<const persistence::api_key> known_;
};

}  // namespace postrider::smtp
