#include "actors/rules/transaction_listing.hpp"

#include "actors/api/service_errors.hpp"
#include "actors/providers/test_mode.hpp"
#include "actors/rules/addresses.hpp"
#include "actors/rules/message_status.hpp"
#include "actors/rules/provider_names.hpp"

#include <algorithm>

namespace postrider::actors {
std::string normal_form(const std::string& text) {
  const auto parsed = parse_recipient(text);
  if (!parsed) return text;
  if (!parsed->phone.empty()) return parsed->phone;
  return parsed->email.empty() ? parsed->url : parsed->email;
}

result<persistence::transaction_list> ledger_list(const transaction_query& query,
                                                  const providers_by_id& all) {
  if (!query.provider.empty() && !provider_named(all, query.provider))
    return invalid(no_such_provider(query.provider, all));
  const auto is_of_type = [&](const auto& one) { return one.second.type == query.provider_type; };
  if (!query.provider_type.empty() && std::ranges::none_of(all, is_of_type))
    return invalid("there is no provider of type \"" + query.provider_type + "\"");
  persistence::transaction_list list;
  auto& filter = list.filter;
  filter = static_cast<const persistence::list_filter&>(query);
  if (!query.recipient.empty()) filter.recipient = normal_form(query.recipient);
  list.limit = query.limit;
  if (query.before != 0) list.before = query.before;
  if (query.provider.empty() && query.provider_type.empty() && !query.test) return list;
  for (const auto& one : all) {
    const auto& [id, provider] = one;
    if ((query.provider.empty() || provider.name == query.provider) &&
        (query.provider_type.empty() || is_of_type(one)) &&
        (!query.test || is_test_provider(provider.name)))
      filter.providers.push_back(id);
  }
  // No provider fits all three: ids begin at 1, so the list is empty.
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
