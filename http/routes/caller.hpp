#pragma once

#include "http/connection/exchange.hpp"

namespace postrider::http::routes {

/// The things that a request may see and change. A key that is limited to users acts for those
/// only, and a test key sees only what test keys posted: the rest does not exist for them.
class caller {
 public:
  explicit caller(const request& from) : key_(from.client) {}
  explicit caller(const exchange& x) : caller(x.request) {}

  bool acts_for(persistence::user_id user) const;
  bool sees(const persistence::message& message) const;
  bool sees(const actors::transaction_info& one) const;
  bool sees_all() const { return !is_limited() && !tests(); }
  /// The same as a problem, where the user was named in the request.
  std::optional<problem> refusal_for(persistence::user_id user) const;
  bool is_limited() const { return key_ && !key_->users.empty(); }
  /// The users of a limited key; empty: all.
  std::vector<persistence::user_id> users() const {
    return key_ ? key_->users : std::vector<persistence::user_id>();
  }
  /// With a test key.
  bool tests() const { return key_ && key_->test; }
  /// 0 without a key.
  persistence::api_key_id id() const { return key_ ? key_->id : 0; }

 private:
  std::shared_ptr<const persistence::api_key> key_;
};

/// Answers 404 when the caller does not act for the user. True: go on.
bool check_user(exchange& x, persistence::user_id user);

/// As if it were not there.
problem no_such_transaction(persistence::transaction_id id);
problem no_such_message(const persistence::message_id& id);

}  // namespace postrider::http::routes
