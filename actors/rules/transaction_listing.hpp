#pragma once

#include "actors/api/gateway.hpp"
#include "persistence/ledger.hpp"

#include <map>

namespace postrider::actors {

using providers_by_id = std::map<persistence::provider_id, persistence::provider>;

/// What the ledger is asked for a client's query: names become ids, a recipient its normal form.
/// `invalid` for a provider or a type that nobody has heard of. Pure.
result<persistence::transaction_list> ledger_list(const transaction_query& query,
                                                  const providers_by_id& all);

transaction_listing describe(const persistence::transaction_page& page, const providers_by_id& all);

}  // namespace postrider::actors
