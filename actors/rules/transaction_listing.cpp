#include "actors/rules/transaction_listing.hpp"

#include "actors/providers/test_mode.hpp"
#include "actors/rules/addresses.hpp"
#include "actors/rules/message_status.hpp"
#include "actors/rules/provider_names.hpp"

namespace postrider::actors {
namespace {

/// As it is stored, when it has the form of an address; else the text itself.
std::string normal_form(const std::string& text) {
  const auto parsed = parse_recipient(text);
  if (!parsed) return text;
  if (!parsed->phone.empty()) return parsed->phone;
  return parsed->email.empty() ? parsed->url : parsed->email;
}

}  // namespace

result<persistence::transaction_list> ledger_list(const transaction_query& query,
                                                  const providers_by_id& all) {
  persistence::transaction_list list;
  auto& filter = list.filter;
  filter.user = query.user;
  filter.status = query.status;
  filter.error = query.error;
  if (!query.recipient.empty()) filter.recipient = normal_form(query.recipient);
  filter.archived = query.archived;
  filter.created_after = query.created_after;
  filter.created_before = query.created_before;
  list.limit = query.limit;
  if (query.before != 0) list.before = query.before;
  if (query.provider.empty() && query.provider_type.empty() && !query.test) return list;
  bool known = query.provider.empty(), known_type = query.provider_type.empty();
  for (const auto& [id, provider] : all) {
    const bool named = query.provider.empty() || provider.name == query.provider;
    const bool of_type = query.provider_type.empty() || provider.type == query.provider_type;
    known |= named;
    known_type |= of_type;
    const bool seen = !query.test || is_test_provider(provider.name);
    if (named && of_type && seen) filter.providers.push_back(id);
  }
  if (!known)
    return service_error{service_errc::invalid, no_such_provider(query.provider, all), {}, {}};
  if (!known_type)
    return service_error{service_errc::invalid,
                         "there is no provider of type \"" + query.provider_type + "\"",
                         {},
                         {}};
  // A provider of another type: ids begin at 1, so nothing is let through.
  if (filter.providers.empty()) filter.providers.push_back(0);
  return list;
}

transaction_listing describe(const persistence::transaction_page& page,
                             const providers_by_id& all) {
  transaction_listing listing;
  listing.next_before = page.next_before;
  listing.transactions.reserve(page.rows.size());
  for (const auto& row : page.rows)
    listing.transactions.push_back(describe(row, all));
  return listing;
}

}  // namespace postrider::actors
