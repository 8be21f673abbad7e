#include "persistence/query/message_invariants.hpp"

#include <algorithm>
#include <tuple>

namespace postrider::persistence {
namespace {

constexpr auto status_of(transaction_status status) { return static_cast<std::int64_t>(status); }

bool same_recipient(const checked_row& a, const checked_row& b) {
  return a.recipient_no == b.recipient_no;
}

bool same_chain(const checked_row& a, const checked_row& b) {
  return same_recipient(a, b) && a.chain_no == b.chain_no;
}

std::string hex_of(const message_id& id) {
  auto text = to_string(id);
  std::erase(text, '-');
  return text;
}

bool contains(const std::vector<transaction_id>& sorted, transaction_id id) {
  return std::ranges::binary_search(sorted, id);
}

}  // namespace

void message_invariants::check(const checked_message* message, std::vector<checked_row>& rows) {
  if (rows.size() > 1)
    std::ranges::sort(rows, {}, [](const checked_row& row) {
      return std::tuple(row.recipient_no, row.chain_no, row.retry_count, row.id);
    });
  for (const auto& row : rows)
    check_row(row);
  check_chains(rows);
  check_ids(rows);
  if (!message) return;
  std::int64_t recipients = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    recipients += i == 0 || !same_recipient(rows[i], rows[i - 1]);
  if (recipients == 0 || (message->recipients && recipients < *message->recipients))
    report(1, "message without a transaction for each of its recipients", hex_of(message->id));
  if (!message->sound) report(1, "message whose identifier is not one", hex_of(message->id));
}

void message_invariants::check_row(const checked_row& row) {
  if (!row.sound) report(1, "transaction whose message identifier is not one", {row.id});
  if (row.retries_used > row.max_retries)
    report(2, "transaction with more retries than its max_retries", {row.id});
  const bool pending = row.status == status_of(transaction_status::pending);
  const bool processing = row.status == status_of(transaction_status::processing);
  const bool success = row.status == status_of(transaction_status::success);
  const bool failed = row.status == status_of(transaction_status::failed);
  if (row.live) {
    if (processing && row.owner == 0)
      report(4, "processing transaction without an owner", {row.id});
    if (failed && (row.due_at == 0 || row.lane != retry_lane))
      report(5, "failed transaction that waits for no retry", {row.id});
    // As lane_of(), of any number that may be stored.
    if (pending && row.lane != row.provider * 4 + row.priority)
      report(5, "pending transaction that is not in its provider's lane", {row.id});
    if (success) report(5, "successful transaction that is not in history", {row.id});
  } else {
    if (!(success || failed) || !row.completed)
      report(5, "transaction in history that is not final", {row.id});
    if (failed != (row.error_code != 0))
      report(5, "failed transaction without a reason, or successful one with an error", {row.id});
  }
}

/// The rows are in the order of their recipients, chains and retries.
void message_invariants::check_chains(const std::vector<checked_row>& rows) {
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = std::find_if_not(
        first, rows.end(), [&](const checked_row& row) { return same_chain(row, *first); });
    check_chain({first, last}, last == rows.end() || !same_recipient(*last, *first));
    first = last;
  }
}

void message_invariants::check_chain(std::span<const checked_row> chain, bool newest) {
  std::int64_t live = 0, final_rows = 0;
  auto first_id = chain.front().id;
  bool counted = true;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto& row = chain[i];
    live += row.live;
    final_rows += !row.live && row.superseded_by == 0;
    first_id = std::min(first_id, row.id);
    counted &= row.retry_count == static_cast<std::int64_t>(i);
    if (row.live && !newest)
      report(1, "live transaction of a chain that is not the newest", {row.id});
  }
  if (live + final_rows != 1)
    report(1, "chain without exactly one live transaction or one final one (first id, live, final)",
           {first_id, live, final_rows});
  if (!counted)
    report(2, "chain whose retries are not counted 0, 1, 2 (first id, rows, highest)",
           {first_id, std::ssize(chain), chain.back().retry_count});
}

void message_invariants::check_ids(const std::vector<checked_row>& rows) {
  live_.clear();
  archived_.clear();
  for (const auto& row : rows)
    (row.live ? live_ : archived_).push_back(row.id);
  std::ranges::sort(live_);
  std::ranges::sort(archived_);
  for (const auto& row : rows) {
    if (row.live) {
      if (contains(archived_, row.id)) report(3, "transaction in both tables", {row.id});
    } else if (const auto next = row.superseded_by; next != 0 && !contains(live_, next) &&
                                                    !contains(archived_, next) && !exists_(next)) {
      report(1, "transaction superseded by one that is not there (id, successor)", {row.id, next});
    }
  }
}

void message_invariants::report(int invariant, std::string_view what,
                                std::initializer_list<std::int64_t> about) {
  if (found_.size() >= limit_) return;
  std::string numbers;
  for (const auto number : about)
    numbers.append(numbers.empty() ? "" : ", ").append(std::to_string(number));
  report(invariant, what, numbers);
}

void message_invariants::report(int invariant, std::string_view what, const std::string& about) {
  if (found_.size() < limit_)
    found_.push_back({invariant, std::string(what).append(": ").append(about)});
}

}  // namespace postrider::persistence
