#include "actors/rules/message_status.hpp"

#include "actors/providers/test_mode.hpp"
#include "actors/rules/addresses.hpp"
#include "persistence/settlement.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using persistence::error_code;
using persistence::receipt;
using persistence::transaction_status;

delivery_status status_of(const transaction_info& last) {
  switch (last.transaction.status) {
    case transaction_status::pending: return delivery_status::pending;
    case transaction_status::processing: return delivery_status::processing;
    case transaction_status::success: return delivery_status::success;
    case transaction_status::failed:
      return last.final ? delivery_status::failed : delivery_status::pending;
  }
  return delivery_status::pending;
}

/// The transaction that has the chain's state: the one that nothing superseded.
const transaction_info& last_of(const std::vector<transaction_info>& chains) {
  // A chain that was begun by hand ends when the one before was accepted after all.
  const auto delivered = std::ranges::find_if(chains, [](const auto& one) {
    return one.transaction.status == transaction_status::success;
  });
  if (delivered != chains.end() && chains.back().final) return *delivered;
  const auto newest = chains.back().transaction.chain_no;
  for (auto at = chains.rbegin(); at != chains.rend(); ++at)
    if (at->transaction.chain_no == newest && at->transaction.superseded_by == 0) return *at;
  return chains.back();
}

/// The recipient as the client gave it, as far as one text can say it.
std::string text_of(const persistence::recipient& recipient,
                    const std::vector<transaction_info>& transactions) {
  auto text = first_address(recipient);
  return text.empty() && !transactions.empty() ? transactions.front().transaction.recipient : text;
}

/// The outcome of a delivery that a provider accepted, perhaps more than once.
delivery_outcome success_of(const std::vector<transaction_info>& chains) {
  auto best = delivery_outcome::undelivered;
  for (const auto& one : chains) {
    const auto& row = one.transaction;
    if (row.status != transaction_status::success || row.receipt == receipt::undelivered) continue;
    if (row.receipt == receipt::delivered || row.receipt == receipt::read ||
        persistence::is_settled_success(row))
      return delivery_outcome::delivered;
    best = delivery_outcome::sent;
  }
  return best;
}

delivery_outcome failure_of(const persistence::transaction& row) {
  switch (row.error) {
    case error_code::cancelled: return delivery_outcome::cancelled;
    case error_code::expired: return delivery_outcome::expired;
    case error_code::undelivered: return delivery_outcome::undelivered;
    case error_code::outcome_unknown: break;
    default: return delivery_outcome::failed;
  }
  if (row.receipt == receipt::undelivered) return delivery_outcome::undelivered;
  return persistence::given_up_at(row) ? delivery_outcome::failed : delivery_outcome::unknown;
}

void describe_recipient(recipient_info& into) {
  if (into.transactions.empty()) return;
  const auto& last = last_of(into.transactions);
  into.status = status_of(last);
  if (into.status == delivery_status::success) into.outcome = success_of(into.transactions);
  if (into.status == delivery_status::failed) into.outcome = failure_of(last.transaction);
}

/// All transactions of a message have the same wishes of the client; the first one's due time is
/// the message's `send_at`.
void describe_wishes(const persistence::found_message& found, message_info& into) {
  const auto age = [](const persistence::found_transaction& one) {
    return std::pair(one.transaction.chain_no, one.transaction.retry_count);
  };
  const auto first = std::ranges::min_element(found.transactions, {}, age);
  if (first == found.transactions.end()) return;
  const auto& row = first->transaction;
  into.expires_at = row.expires_at;
  into.priority = row.priority;
  into.on_unknown = row.on_unknown;
  into.max_retries = row.max_retries;
  const bool untried = row.status == transaction_status::pending && row.attempts.empty();
  const auto due =
      row.first_due == persistence::time_point{} && untried ? row.due_at : row.first_due;
  if (due > found.message.created_at) into.send_at = due;
}

provider_label label_of(persistence::provider_id id,
                        const std::map<persistence::provider_id, persistence::provider>& all) {
  const auto provider = all.find(id);
  if (provider == all.end()) return {};
  return {provider->second.name, provider->second.type};
}

}  // namespace

std::string_view to_string(delivery_outcome outcome) {
  switch (outcome) {
    case delivery_outcome::sent: return "sent";
    case delivery_outcome::delivered: return "delivered";
    case delivery_outcome::undelivered: return "undelivered";
    case delivery_outcome::cancelled: return "cancelled";
    case delivery_outcome::expired: return "expired";
    case delivery_outcome::unknown: return "unknown";
    case delivery_outcome::failed: return "failed";
  }
  return "?";
}

std::string_view to_string(delivery_status status) {
  switch (status) {
    case delivery_status::pending: return "pending";
    case delivery_status::processing: return "processing";
    case delivery_status::success: return "success";
    case delivery_status::failed: return "failed";
    case delivery_status::partial: return "partial";
  }
  return "?";
}

transaction_info describe(const persistence::found_transaction& found,
                          const std::map<persistence::provider_id, persistence::provider>& all) {
  transaction_info info;
  info.transaction = found.transaction;
  info.archived = found.archived;
  info.final = found.archived && found.transaction.superseded_by == 0;
  auto own = label_of(found.transaction.provider, all);
  info.test = is_test_provider(own.name);
  info.provider = std::move(own.name);
  info.provider_type = std::move(own.type);
  for (const auto& one : found.transaction.attempts)
    info.tried.push_back(label_of(one.provider, all));
  return info;
}

message_info describe(const persistence::found_message& found,
                      const std::map<persistence::provider_id, persistence::provider>& all) {
  message_info info;
  info.message = found.message;
  describe_wishes(found, info);
  info.recipients.resize(found.message.recipients.size());
  for (const auto& row : found.transactions) {
    const auto no = static_cast<std::size_t>(row.transaction.recipient_no);
    if (no < info.recipients.size()) info.recipients[no].transactions.push_back(describe(row, all));
  }
  for (std::size_t no = 0; no < info.recipients.size(); ++no) {
    auto& recipient = info.recipients[no];
    recipient.recipient = text_of(found.message.recipients[no], recipient.transactions);
    describe_recipient(recipient);
    if (no == 0) info.status = recipient.status;
    if (recipient.status != info.status) info.status = delivery_status::partial;
  }
  return info;
}

}  // namespace postrider::actors
