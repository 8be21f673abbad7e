#include "actors/rules/settlement_check.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using persistence::error_code;
using persistence::settled_as;
using persistence::transaction_status;

std::string name_of(transaction_id id) { return "transaction " + std::to_string(id); }

std::optional<std::string> refusal_of_live(const persistence::transaction& row) {
  if (row.status == transaction_status::processing)
    return name_of(row.id) + " is being sent: wait until it has ended";
  return name_of(row.id) +
         " has not ended, and is tried again by itself; to end it, cancel its message";
}

/// How a failure that is certain can be sent after all.
std::string_view way_on(const persistence::message& message, const persistence::transaction& row,
                        time_point now) {
  const bool over = row.error == error_code::cancelled || row.error == error_code::expired ||
                    (row.expires_at && *row.expires_at <= now) || message.body_removed_at;
  return over ? "To send it, post the message again"
              : "POST /v1/retry with include_final sends it again";
}

std::optional<std::string> refusal_of_end(const persistence::message& message,
                                          const persistence::transaction& row, time_point now) {
  if (row.superseded_by != 0)
    return name_of(row.superseded_by) + " came after " + name_of(row.id) +
           ": settle that one, if it ends as outcome_unknown";
  if (row.status == transaction_status::success)
    return name_of(row.id) + " is a success: there is nothing to settle";
  if (row.error == error_code::outcome_unknown) return std::nullopt;
  std::string text = name_of(row.id) + " ended as ";
  text += to_string(row.error);
  text += ", which is certain: only outcome_unknown is settled. ";
  text += way_on(message, row, now);
  return text;
}

/// A newer chain of the same recipient is what a person can decide about.
std::optional<std::string> refusal_of_newer(const recipient_info& recipient,
                                            const persistence::transaction& row) {
  for (const auto& one : recipient.transactions) {
    const auto& other = one.transaction;
    if (other.status == transaction_status::success)
      return name_of(other.id) + " of the same recipient is a success: there is nothing to settle";
  }
  const auto newest = std::ranges::max_element(
      recipient.transactions, {}, [](const auto& one) { return one.transaction.chain_no; });
  if (newest->transaction.chain_no == row.chain_no) return std::nullopt;
  return name_of(newest->transaction.id) + " began a new chain for this recipient after " +
         name_of(row.id) + ": settle that one, if it ends as outcome_unknown";
}

const recipient_info* recipient_of(const message_info& message, transaction_id id) {
  for (const auto& recipient : message.recipients)
    for (const auto& one : recipient.transactions)
      if (one.transaction.id == id) return &recipient;
  return nullptr;
}

}  // namespace

const transaction_info* find_in(const message_info& message, transaction_id id) {
  const auto* recipient = recipient_of(message, id);
  if (!recipient) return nullptr;
  return &*std::ranges::find(recipient->transactions, id,
                             [](const auto& one) { return one.transaction.id; });
}

std::optional<std::string> refusal_to_settle(const message_info& message, transaction_id id,
                                             settled_as outcome, time_point now) {
  const auto* found = find_in(message, id);
  if (!found) return "there is no " + name_of(id);
  const auto& row = found->transaction;
  if (!found->archived) return refusal_of_live(row);
  const auto before = persistence::decode_settlement(row.settlement);
  if (before && before->outcome == outcome && row.superseded_by == 0) return std::nullopt;
  if (auto refusal = refusal_of_end(message.message, row, now)) return refusal;
  if (outcome == settled_as::arrived) return std::nullopt;
  if (auto refusal = refusal_of_newer(*recipient_of(message, id), row)) return refusal;
  if (outcome == settled_as::give_up) return std::nullopt;
  if (message.message.body_removed_at)
    return "the text of the message was deleted (history.keep_bodies): post the message again, or "
           "settle this as give_up";
  if (row.expires_at && *row.expires_at <= now)
    return "the message has expired: post it again, or settle this as give_up";
  return std::nullopt;
}

}  // namespace postrider::actors
