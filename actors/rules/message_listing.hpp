#pragma once

#include "actors/api/message_requests.hpp"
#include "actors/rules/provider_lookup.hpp"

namespace postrider::actors {

/// Whether a message is in the list, by its state.
bool fits(const message_query& query, const message_info& message);

/// The ledger's query for a client's: a recipient in its stored form, and the state as the ledger's
/// caller sees it. `all` names the providers. Pure.
persistence::message_list ledger_list(const message_query& query, const providers_by_id& all);

/// A list that is empty, and counts into `counts` what it would have. The messages of a day before
/// `now`, or before the query's end.
persistence::message_list counting_list(const message_query& query, const providers_by_id& all,
                                        persistence::time_point now,
                                        std::shared_ptr<message_counts> counts);

message_listing describe(const persistence::message_page& page, const providers_by_id& all);

}  // namespace postrider::actors
