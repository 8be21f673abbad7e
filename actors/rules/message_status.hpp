#pragma once

#include "actors/api/gateway.hpp"
#include "persistence/ledger.hpp"

#include <map>

namespace postrider::actors {

/// The ledger's rows as clients see them. Pure functions.

/// `all` names the providers, those too that this process cannot use.
transaction_info describe(const persistence::found_transaction& found,
                          const std::map<persistence::provider_id, persistence::provider>& all);

/// Groups a message's transactions by recipient. A recipient's status is that of the newest chain's
/// last transaction; a failure that will be retried counts as pending. The message is partial when
/// its recipients differ. A recipient's outcome is there as soon as its status is final:
///
/// | the last transaction | outcome |
/// |---|---|
/// | success; an accepted attempt has the receipt `delivered` or `read`, or a person settled it |
/// delivered | | success; all accepted attempts have the receipt `undelivered` | undelivered | |
/// success otherwise | sent | | failed: cancelled, expired, undelivered | the same | | failed:
/// outcome_unknown, with the receipt `undelivered` | undelivered | | failed: outcome_unknown, and a
/// person gave it up | failed | | failed: outcome_unknown otherwise | unknown | | failed otherwise
/// | failed |
message_info describe(const persistence::found_message& found,
                      const std::map<persistence::provider_id, persistence::provider>& all);

}  // namespace postrider::actors
