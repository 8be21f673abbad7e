#include "persistence/attempts.hpp"

#include "base/mutant.hpp"
#include "base/utf8.hpp"
#include "persistence/records/encoding.hpp"

#include <algorithm>
#include <charconv>

namespace postrider::persistence {
namespace {

void append(std::string& text, std::int64_t number, char before) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  text += before;
  text.append(digits, end);
}

std::int64_t ticks(time_point at) { return at.time_since_epoch().count(); }
time_point at_ticks(std::int64_t ticks) { return time_point(std::chrono::microseconds(ticks)); }

void append(std::string& text, const attempt_call& call) {
  append(text, static_cast<std::int64_t>(call.outcome), ',');
  append(text, ticks(call.began), ',');
  append(text, ticks(call.ended) - ticks(call.began), ',');
}

/// Takes numbers from the front of a text, each with the character before it.
class number_reader {
 public:
  explicit number_reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  template <class Int>
  bool take(Int& into, char before = ',') {
    if (before != '\0') {
      if (!rest_.starts_with(before)) return false;
      rest_.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), into);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  bool take(time_point& into) {
    std::int64_t number = 0;
    if (!take<std::int64_t>(number)) return false;
    into = at_ticks(number);
    return true;
  }
  bool take(attempt_call& into) {
    int outcome = 0;
    std::int64_t duration = 0;
    if (!take<int>(outcome) || !take(into.began) || !take<std::int64_t>(duration)) return false;
    into.outcome = static_cast<error_code>(outcome);
    into.ended = into.began + std::chrono::microseconds(duration);
    return true;
  }
  std::optional<std::string> take_text() {
    std::size_t size = 0;
    if (!take<std::size_t>(size, '\0') || !rest_.starts_with(':') || rest_.size() <= size)
      return std::nullopt;
    std::string text(rest_.substr(1, size));
    rest_.remove_prefix(1 + size);
    return text;
  }

 private:
  std::string_view rest_;
};

/// Runs `visit` over all calls, in the order in which the columns have them.
template <class Attempts, class Visit>
void each_call(Attempts& attempts, Visit visit) {
  for (auto& one : attempts) {
    visit(one.last);
    if (one.count > 1) visit(one.first);
  }
}

}  // namespace

const attempt* find_attempt(const std::vector<attempt>& attempts, provider_id provider) {
  const auto at = std::ranges::find(attempts, provider, &attempt::provider);
  return at == attempts.end() ? nullptr : &*at;
}

std::int32_t count_attempts(const std::vector<attempt>& attempts) {
  std::int32_t sum = 0;
  for (const auto& one : attempts)
    sum += one.count;
  return sum;
}

void end_attempt(transaction& row, const attempt_result& result, time_point begun, time_point now) {
  attempt_call call;
  call.outcome = result.error;
  call.began = result.began == time_point{} ? begun : result.began;
  call.ended = std::max(call.began, result.ended == time_point{} ? now : result.ended);
  call.answer = tidy_text(result.answer, max_answer_bytes);
  attempt entry;
  entry.provider = row.provider;
  const auto known = std::ranges::find(row.attempts, row.provider, &attempt::provider);
  if (known != row.attempts.end()) {
    entry = std::move(*known);
    row.attempts.erase(known);
    if (entry.count == 1) entry.first = std::move(entry.last);
    ++entry.count;
  }
  entry.unknown |= call.outcome == error_code::outcome_unknown;
  entry.last = std::move(call);
  entry.round = row.round;
  entry.not_before = result.not_before;
  entry.recipient_only = result.recipient_only;
  row.attempts.push_back(std::move(entry));
}

void correct_attempt(transaction& row, error_code outcome) {
  const auto known = std::ranges::find(row.attempts, row.provider, &attempt::provider);
  if (known == row.attempts.end()) return;
  known->last.outcome = outcome;
  const auto left_open = [](const attempt_call& call) {
    return call.outcome == error_code::outcome_unknown;
  };
  // The calls between the first and the last one are not kept.
  if (known->count <= 2)
    known->unknown = left_open(known->last) || (known->count == 2 && left_open(known->first));
}

time_point patience_begin(const transaction& row) {
  const auto due = row.first_due == time_point{} ? row.created_at : row.first_due;
  return row.receipt == receipt::undelivered ? std::max(due, row.receipt_at.value_or(due)) : due;
}

bool chain_may_have_arrived(const transaction& row) {
  return std::ranges::any_of(row.attempts, &attempt::unknown);
}

void keep_unknown(transaction& row) {
  if (row.error == error_code::outcome_unknown || !chain_may_have_arrived(row)) return;
  if (mutant(mutation::unknown_forgotten)) return;
  std::string text = "an earlier attempt may have arrived; the last one ended with ";
  text += to_string(row.error);
  if (!row.error_message.empty()) text += ": " + row.error_message;
  row.error = error_code::outcome_unknown;
  row.error_message = tidy_text(text, max_error_message_bytes);
}

std::string encode_trail(const transaction& row) {
  std::string text;
  // An ended row always has one: without it a reader takes the row for an older release's.
  const bool ended = row.status >= transaction_status::success;
  if (!ended && row.attempts.empty() && row.round == 0 && row.round_due == time_point{})
    return text;
  text = std::to_string(row.round);
  append(text, ticks(row.round_due), ',');
  for (const auto& one : row.attempts) {
    append(text, one.provider, ';');
    append(text, one.count, ',');
    append(text, std::int64_t{one.unknown} + 2 * std::int64_t{one.recipient_only}, ',');
    append(text, one.round, ',');
    append(text, ticks(one.not_before), ',');
    append(text, one.last);
    if (one.count > 1) append(text, one.first);
  }
  return text;
}

bool decode_trail(std::string_view text, transaction& row) {
  number_reader from(text);
  if (!from.take<std::int32_t>(row.round, '\0') || !from.take(row.round_due)) return false;
  while (!from.at_end()) {
    auto& one = row.attempts.emplace_back();
    int flags = 0;
    if (!from.take<provider_id>(one.provider, ';') || !from.take<std::int32_t>(one.count) ||
        !from.take<int>(flags) || !from.take<std::int32_t>(one.round) ||
        !from.take(one.not_before) || !from.take(one.last) ||
        (one.count > 1 && !from.take(one.first)))
      return false;
    one.unknown = (flags & 1) != 0;
    one.recipient_only = (flags & 2) != 0;
  }
  return true;
}

std::string encode_answers(const transaction& row) {
  std::string text;
  bool any = false;
  each_call(row.attempts, [&](const attempt_call& call) {
    any |= !call.answer.empty();
    text.append(std::to_string(call.answer.size())).append(":").append(call.answer);
  });
  return any ? text : std::string();
}

void decode_answers(std::string_view text, transaction& row) {
  number_reader from(text);
  each_call(row.attempts, [&](attempt_call& call) {
    if (auto answer = from.take_text()) call.answer = std::move(*answer);
  });
}

namespace {

bool ended_with_call(const transaction& row) {
  return row.status == transaction_status::success ||
         (row.status == transaction_status::failed && row.error != error_code::none &&
          is_call_outcome(row.error));
}

/// Asked of a row that waits for its retry. One that has ended may have ended otherwise than its
/// last attempt: by a receipt, by a person, or as unknown because of an earlier attempt.
bool is_in_trail(const transaction& row) {
  if (row.completed_at || row.attempts.empty()) return row.completed_at.has_value();
  const auto& last = row.attempts.back();
  return last.provider == row.provider && last.last.outcome == row.error;
}

}  // namespace

void adopt_attempts(std::vector<attempt> stored, transaction& row) {
  if (ended_with_call(row)) stored.push_back({row.provider, {row.error, {}, {}, {}}});
  for (auto& old : stored) {
    const auto known = std::ranges::find(row.attempts, old.provider, &attempt::provider);
    attempt entry{old.provider, old.last};
    if (known != row.attempts.end()) {
      entry.count = known->count + 1;
      entry.first = known->count > 1 ? known->first : known->last;
      entry.unknown = known->unknown;
      row.attempts.erase(known);
    }
    entry.unknown |= old.last.outcome == error_code::outcome_unknown;
    row.attempts.push_back(std::move(entry));
  }
}

void read_attempts(transaction& row, std::string_view trail, std::string_view answers,
                   std::string_view attempts) {
  if (trail.empty() || !decode_trail(trail, row)) {
    row.attempts.clear();
    return adopt_attempts(decode_attempts(attempts), row);
  }
  decode_answers(answers, row);
  // A node of a release before schema version 4 ends attempts without writing the trail.
  if (ended_with_call(row) && !is_in_trail(row)) adopt_attempts({}, row);
}

}  // namespace postrider::persistence
