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

namespace {

void count(const message_info& message, message_counts& into) {
  ++into.messages;
  ++into.by_status.at(static_cast<std::size_t>(message.status));
  for (const auto outcome : all_outcomes)
    if (std::ranges::find(message.recipients, std::optional(outcome), &recipient_info::outcome) !=
        message.recipients.end())
      ++into.by_outcome.at(static_cast<std::size_t>(outcome));
}

}  // namespace

persistence::message_list counting_list(const message_query& query, const providers_by_id& all,
                                        persistence::time_point now,
                                        std::shared_ptr<message_counts> counts) {
  auto list = ledger_list(query, all);
  auto& filter = list.filter;
  counts->since = filter.created_before.value_or(now) - message_counts::span;
  if (filter.created_after) counts->since = std::max(counts->since, *filter.created_after);
  filter.created_after = counts->since;
  list.before = persistence::after_all_messages;
  list.window = message_counts::window;
  list.transactions = 5 * message_counts::window;
  list.step = 200;
  list.time = message_counts::time;
  filter.also = [query, all, counts](const persistence::found_message& found) {
    const auto message = describe(found, all);
    if (fits(query, message)) count(message, *counts);
    return false;
  };
  return list;
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
