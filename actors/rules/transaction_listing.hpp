#pragma once

#include "actors/api/gateway.hpp"
#include "actors/rules/provider_lookup.hpp"
#include "persistence/ledger.hpp"

namespace postrider::actors {

/// An address as it is stored, when the text has the form of one; else the text itself.
std::string normal_form(const std::string& text);

/// The ledger's query for a client's: names become ids, a recipient its normal form. `invalid` for
/// an unknown provider or type. Pure.
result<persistence::transaction_list> ledger_list(const transaction_query& query,
                                                  const providers_by_id& all);

transaction_listing describe(const persistence::transaction_page& page, const providers_by_id& all);

}  // namespace postrider::actors
