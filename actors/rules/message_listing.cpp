#include "actors/rules/message_listing.hpp"

#include "actors/rules/message_status.hpp"
#include "actors/rules/transaction_listing.hpp"

#include <algorithm>

namespace postrider::actors {

bool fits(const message_query& query, const message_info& message) {
  if (query.status && message.status != *query.status) return false;
  return !query.outcome || std::ranges::find(message.recipients, query.outcome,
                                             &recipient_info::outcome) != message.recipients.end();
}

persistence::message_list ledger_list(const message_query& query, const providers_by_id& all) {
  persistence::message_list list;
  list.filter = query.filter;
  if (!query.filter.recipient.empty()) list.filter.recipient = normal_form(query.filter.recipient);
  list.limit = query.limit;
  if (query.before) list.before = *query.before;
  if (query.status || query.outcome)
    list.filter.also = [query, all](const persistence::found_message& found) {
      return fits(query, describe(found, all));
    };
  return list;
}

message_listing describe(const persistence::message_page& page, const providers_by_id& all) {
  message_listing listing;
  listing.next_before = page.next_before;
  listing.messages.reserve(page.rows.size());
  for (const auto& row : page.rows)
    listing.messages.push_back(describe(row, all));
  return listing;
}

}  // namespace postrider::actors
