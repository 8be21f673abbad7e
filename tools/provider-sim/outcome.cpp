#include "tools/provider-sim/outcome.hpp"

#include <algorithm>

namespace postrider::provider_sim {

std::optional<outcome> outcome_named(std::string_view name) {
  auto found = std::find(outcome_names.begin(), outcome_names.end(), name);
  if (found == outcome_names.end()) return std::nullopt;
  return static_cast<outcome>(found - outcome_names.begin());
}

bool counts_as_accepted(outcome o) {
  switch (o) {
    case outcome::accept:
    case outcome::accept_then_garbage:
    case outcome::accept_then_cut:
    case outcome::accept_then_drop:
    case outcome::accept_never_answer:
    case outcome::accept_then_reply: return true;
    default: return false;
  }
}

bool is_per_recipient(outcome o) {
  switch (o) {
    case outcome::accept:
    case outcome::unregistered:
    case outcome::identity:
    case outcome::rate_limit:
    case outcome::rate_limit_captcha:
    case outcome::network_failure:
    case outcome::invalid_pre_key: return true;
    default: return false;
  }
}

}  // namespace postrider::provider_sim
