#include "http/routes/caller.hpp"

#include "actors/api/service_errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::http::routes {

bool caller::acts_for(persistence::user_id user) const {
  return !is_limited() || std::ranges::binary_search(key_->users, user);
}

bool caller::sees(const persistence::message& message) const {
  return acts_for(message.user) && (message.test || !tests());
}

bool caller::sees(const actors::transaction_info& one) const {
  return acts_for(one.transaction.user) && (one.test || !tests());
}

std::optional<problem> caller::refusal_for(persistence::user_id user) const {
  if (acts_for(user)) return std::nullopt;
  return problem{problem_code::not_found, fmt::format("there is no user {}", user)};
}

bool check_user(exchange& x, persistence::user_id user) {
  const auto refused = caller(x).refusal_for(user);
  if (refused) x.fail(*refused);
  return !refused;
}

problem no_such_transaction(persistence::transaction_id id) {
  return {problem_code::not_found, actors::no_such_transaction(id).detail};
}

problem no_such_message(const persistence::message_id& id) {
  return {problem_code::not_found, actors::no_such_message(id).detail};
}

}  // namespace postrider::http::routes
