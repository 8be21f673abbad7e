#pragma once

#include "persistence/model.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The parts of Standard Webhooks 1.0 that the provider and the endpoints of events share.
namespace postrider::actors {

/// The bytes of secrets such as "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", separated by spaces;
/// empty when one of them is not a secret.
std::vector<std::string> read_webhook_secrets(std::string_view text);

/// A new secret of these random bytes, 24 to 64.
std::string webhook_secret_of(std::string_view random);

/// The headers of a JSON body. A signature for each secret: while one replaces another, receivers
/// know one of them. `id` has no dot.
std::vector<std::string> webhook_headers(const std::vector<std::string>& secrets,
                                         const std::string& id, persistence::time_point now,
                                         const std::string& body);

/// A reason why a receiver may answer so, for the person who runs it; empty: none is known.
std::string_view webhook_hint(int status);

}  // namespace postrider::actors
