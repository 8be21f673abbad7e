#pragma once

#include "actors/api/message_requests.hpp"
#include "actors/rules/provider_lookup.hpp"

namespace postrider::actors {

/// Whether a message is in the list, by its state.
bool fits(const message_query& query, const message_info& message);

/// The ledger's query for a client's: a recipient in its stored form, and the state as the ledger's
/// caller sees it. `all` names the providers. Pure.
persistence::message_list ledger_list(const message_query& query, const providers_by_id& all);

message_listing describe(const persistence::message_page& page, const providers_by_id& all);

}  // namespace postrider::actors
