#pragma once

#include "persistence/transitions.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The attempts of a chain, as its rows keep them: how an attempt's end is noted, and how the
/// columns `trail` and `answers` hold them.
namespace postrider::persistence {

/// The entry of a provider; null: the chain has not tried it.
const attempt* find_attempt(const std::vector<attempt>& attempts, provider_id provider);

/// How many attempts there were, at all providers.
std::int32_t count_attempts(const std::vector<attempt>& attempts);

/// True when the code is what a provider's call came to, not why nothing was called.
constexpr bool is_call_outcome(error_code code) {
  return code != error_code::expired && code != error_code::cancelled &&
         code != error_code::no_route && code != error_code::undelivered;
}

/// Notes the end of the row's own call. Times that the result does not name are `begun` and `now`.
/// The only place that writes an attempt's end.
void end_attempt(transaction& row, const attempt_result& result, time_point begun, time_point now);

/// The row's last attempt at its provider turned out otherwise: accepted after all, or undelivered.
/// It is not unknown any more.
void correct_attempt(transaction& row, error_code outcome);

/// True for a row that was tried, was not sent, and waits for its chain's next round.
inline bool waits_for_round(const transaction& row) {
  return row.status == transaction_status::pending && !row.attempts.empty();
}

/// The time from which the chain's patience counts: the due time of its first transaction, or the
/// receipt that brought the chain back.
time_point patience_begin(const transaction& row);

/// True when an attempt of the row's chain may have arrived.
bool chain_may_have_arrived(const transaction& row);

/// A row that ends as failed although an attempt of its chain may have arrived ends as
/// outcome_unknown; its text keeps the reason.
void keep_unknown(transaction& row);

/// The attempts of a chain in the form of the column `trail`; empty for a row that waits for its
/// first attempt:
///
///   trail = round "," round-due *(";" provider "," count "," flags "," round "," not-before call)
///   call  = "," outcome "," began "," duration      (twice, the last and the first, when count >
///   1)
///
/// Flags: 1 one of them was unknown, 2 the last failure was this recipient's alone. Times are
/// microseconds since 1970.
std::string encode_trail(const transaction& row);
/// Fills attempts, round and round_due; false when the text has another form.
bool decode_trail(std::string_view text, transaction& row);

/// Their answers, "length:text" each, in the order of the calls in the trail; empty when all are.
std::string encode_answers(const transaction& row);
/// Fills the answers of attempts that decode_trail read.
void decode_answers(std::string_view text, transaction& row);

/// All of it from the columns. `attempts` counts when the row has no trail.
void read_attempts(transaction& row, std::string_view trail, std::string_view answers,
                   std::string_view attempts);

/// Attempts as a release before schema version 4 stored them: one entry for each attempt, without
/// the row's own.
void adopt_attempts(std::vector<attempt> stored, transaction& row);

}  // namespace postrider::persistence
