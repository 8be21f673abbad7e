#include "persistence/apply/row_events.hpp"

#include "base/mutant.hpp"
#include "persistence/attempts.hpp"
#include "persistence/settlement.hpp"

namespace postrider::persistence {
namespace {

event event_of(const transaction& row, event_type type) {
  event e;
  e.type = type;
  e.transaction = row.id;
  e.message = row.message;
  e.recipient_no = row.recipient_no;
  e.user = row.user;
  e.provider = row.provider;
  e.attempts = count_attempts(row.attempts);
  e.possible_duplicate = row.possible_duplicate;
  e.recipient = row.recipient;
  return e;
}

event failed_attempt(const row_before& before, const transaction& after) {
  const auto& tried = after.attempts.back();
  auto e = event_of(after, event_type::attempt_failed);
  e.provider = tried.provider;
  // The row may have the address of its next provider by now.
  e.recipient = before.recipient;
  e.error = tried.last.outcome;
  e.detail = tried.last.answer.empty() ? after.error_message : tried.last.answer;
  return e;
}

event final_failure(const transaction& row) {
  const auto type = row.error == error_code::cancelled ? event_type::message_cancelled
                    : row.error == error_code::expired ? event_type::message_expired
                                                       : event_type::message_failed;
  auto e = event_of(row, type);
  e.error = row.error;
  e.detail = row.error_message;
  return e;
}

std::optional<event_type> event_of_receipt(receipt kind) {
  switch (kind) {
    case receipt::undelivered: return event_type::message_undelivered;
    case receipt::delivered: return event_type::message_delivered;
    case receipt::read: return event_type::message_read;
    case receipt::none:
    case receipt::accepted: return std::nullopt;
  }
  return std::nullopt;
}

bool is_final_failure(row_before::place where, transaction_status status,
                      transaction_id superseded_by) {
  return where == row_before::place::history && status == transaction_status::failed &&
         superseded_by == 0;
}

}  // namespace

row_before remember(const transaction& row, row_before::place where) {
  return {where,        row.status, row.superseded_by, row.receipt, count_attempts(row.attempts),
          row.recipient};
}

void add_row_events(event_recorder& to, const row_before& before, const transaction& after,
                    row_before::place where) {
  if (!to.stores()) return;
  const bool is_new = before.where == row_before::place::nowhere;
  if (is_new && after.chain_no == 0 && after.retry_count == 0)
    to.add(event_of(after, event_type::message_accepted));
  // A row that comes back from history takes over the attempts that followed its own, and a
  // successor those of the row before it.
  const bool returns =
      before.where == row_before::place::history && where == row_before::place::live;
  if (!is_new && !returns && count_attempts(after.attempts) > before.attempts &&
      after.attempts.back().last.outcome != error_code::none &&
      !mutant(mutation::failed_attempt_untold))
    to.add(failed_attempt(before, after));
  if (after.status == transaction_status::success && before.status != transaction_status::success) {
    auto sent = event_of(after, event_type::message_sent);
    sent.settled_by_hand = is_settled_success(after);
    to.add(sent);
  }
  if (after.receipt > before.receipt)
    if (const auto type = event_of_receipt(after.receipt)) to.add(event_of(after, *type));
  if (is_final_failure(where, after.status, after.superseded_by) &&
      !is_final_failure(before.where, before.status, before.superseded_by))
    to.add(final_failure(after));
}

}  // namespace postrider::persistence
