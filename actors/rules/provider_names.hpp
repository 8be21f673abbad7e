#pragma once

#include "persistence/model.hpp"

#include <map>
#include <string>

namespace postrider::actors {

/// "there is no provider "sinal-main"; known are signal-main, sms-main": the active ones first,
/// then those that the configuration switches off or no longer has; of a long list the first.
std::string no_such_provider(const std::string& name,
                             const std::map<persistence::provider_id, persistence::provider>& all);

}  // namespace postrider::actors
