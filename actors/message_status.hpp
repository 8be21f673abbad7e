#pragma once

#include "actors/gateway.hpp"
#include "actors/pipeline.hpp"

namespace postrider::actors {

/// What clients see of the ledger's rows. Pure functions.

/// `all` names the providers, those too that this process cannot use.
transaction_info describe(const persistence::found_transaction& found,
                          const std::map<persistence::provider_id, persistence::provider>& all);

/// Groups a message's transactions by recipient. A recipient's status is that of the newest chain's
/// last transaction; a failure that will be retried counts as pending. The message is partial when
/// its recipients differ.
message_info describe(const persistence::found_message& found,
                      const std::map<persistence::provider_id, persistence::provider>& all);

}  // namespace postrider::actors
