#include "actors/message_status.hpp"

#include "actors/providers/test_mode.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

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

/// The chain's transaction that says how it stands: the one that nothing superseded.
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
  for (const auto* text : {&recipient.phone, &recipient.email, &recipient.url})
    if (!text->empty()) return *text;
  return transactions.empty() ? std::string() : transactions.front().transaction.recipient;
}

}  // namespace

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
  if (const auto provider = all.find(found.transaction.provider); provider != all.end()) {
    info.provider = provider->second.name;
    info.provider_type = provider->second.type;
    info.test = is_test_provider(info.provider);
  }
  return info;
}

message_info describe(const persistence::found_message& found,
                      const std::map<persistence::provider_id, persistence::provider>& all) {
  message_info info;
  info.message = found.message;
  info.recipients.resize(found.message.recipients.size());
  for (const auto& row : found.transactions) {
    const auto no = static_cast<std::size_t>(row.transaction.recipient_no);
    if (no < info.recipients.size()) info.recipients[no].transactions.push_back(describe(row, all));
  }
  for (std::size_t no = 0; no < info.recipients.size(); ++no) {
    auto& recipient = info.recipients[no];
    recipient.recipient = text_of(found.message.recipients[no], recipient.transactions);
    if (!recipient.transactions.empty())
      recipient.status = status_of(last_of(recipient.transactions));
    if (no == 0) info.status = recipient.status;
    if (recipient.status != info.status) info.status = delivery_status::partial;
  }
  return info;
}

}  // namespace postrider::actors
