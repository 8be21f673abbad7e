#pragma once

#include "tools/provider-sim/outcome.hpp"
#include "tools/provider-sim/rules.hpp"
#include "tools/provider-sim/smtp_dialogue.hpp"

#include <string>
#include <string_view>

namespace postrider::provider_sim {

// How an outcome shows in SMTP.
struct smtp_fate {
  smtp_stage stage = smtp_stage::dot;
  unsigned status = 250;
  std::string_view enhanced = "2.0.0", text = "Ok";
  smtp_next next = smtp_next::command;
};
smtp_fate fate_of(outcome o);

smtp_step smtp_answer(unsigned status, std::string_view enhanced, std::string_view text,
                      smtp_next next = smtp_next::command);
// The reply of a rule; 421 closes.
smtp_step smtp_answer(const reply_rule& rule, smtp_next next = smtp_next::command);
// Whether the stage ends here for the client.
bool is_refusal(const reply_rule& rule);

}  // namespace postrider::provider_sim
