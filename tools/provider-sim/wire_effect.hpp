#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/outcome.hpp"

#include <string_view>

namespace postrider::provider_sim {

// The effect of an outcome on an HTTP exchange of any protocol. Returns true when the answer is
// complete with that; otherwise the protocol writes the body, which may still get lost on its way.
bool apply_to_exchange(outcome o, reply& out);

// A rule that has no answer but takes the connection; then true, as above. Otherwise it adds the
// Retry-After of the rule.
bool apply_to_exchange(const reply_rule& rule, reply& out);

void answer_text(reply& out, unsigned status, std::string_view content_type, std::string_view body);

// A header line of the answer; the value must be of one line.
void add_header(reply& out, std::string_view name, std::string_view value);

}  // namespace postrider::provider_sim
