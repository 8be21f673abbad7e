#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

/// The attempts of a transaction, in words for a person.
namespace postrider::cli {

/// One attempt, as the server tells it.
struct shown_attempt {
  std::string provider;
  /// Its number among the chain's attempts at this provider, from 1.
  std::int64_t number = 1;
  boost::json::object call;
};

/// The attempts that belong to `transaction`: those that `before`, its predecessor in the chain,
/// did not have yet. Null: it is the chain's first. Of several at one provider the first and the
/// last.
std::vector<shown_attempt> own_attempts(const boost::json::object& transaction,
                                        const boost::json::object* before);

/// `2026-11-23T05:06:07.890Z  alpha  12 ms  attempt 2: unavailable, connection refused`.
std::string attempt_line(const shown_attempt& attempt);

}  // namespace postrider::cli
