#pragma once

#include "persistence/ledger.hpp"

namespace postrider::persistence {

/// Why the ledger does not take this transition's values; empty when it does. Checked here and not
/// by the databases, because SQLite takes any length and any bytes.
std::string refusal_of(const transition& t);

}  // namespace postrider::persistence
