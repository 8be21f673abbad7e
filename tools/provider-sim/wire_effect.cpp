#include "tools/provider-sim/wire_effect.hpp"

#include <algorithm>

namespace postrider::provider_sim {

bool apply_to_exchange(outcome o, reply& out) {
  const auto overrule = [&out](wire_action action) { out.action = std::max(out.action, action); };
  switch (o) {
    case outcome::http_500:
      answer_text(out, 500, "text/html", "<html>Internal Server Error</html>");
      return true;
    case outcome::http_404:
      answer_text(out, 404, "text/html", "<html>Not Found</html>");
      return true;
    case outcome::garbage:
    case outcome::accept_then_garbage:
      answer_text(out, 200, "text/html", "<html>Bad gateway</html>");
      return true;
    case outcome::drop: overrule(wire_action::close); return true;
    case outcome::drop_in_body: overrule(wire_action::reset); return true;
    case outcome::never_answer: overrule(wire_action::hold); return true;
    case outcome::accept_then_cut: overrule(wire_action::cut); return false;
    case outcome::accept_then_drop: overrule(wire_action::reset); return false;
    case outcome::accept_never_answer: overrule(wire_action::hold); return false;
    default: return false;
  }
}

bool apply_to_exchange(const reply_rule& rule, reply& out) {
  if (!rule.retry_after.empty()) add_header(out, "Retry-After", rule.retry_after);
  if (rule.then == smtp_turn::drop) out.action = wire_action::reset;
  else if (rule.then == smtp_turn::never_answer) out.action = wire_action::hold;
  else if (rule.then == smtp_turn::stall) out.action = wire_action::stall;
  return out.action > wire_action::stall;
}

void answer_text(reply& out, unsigned status, std::string_view content_type,
                 std::string_view body) {
  out.status = status;
  out.content_type = content_type;
  out.body = body;
}

void add_header(reply& out, std::string_view name, std::string_view value) {
  out.more_headers.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace postrider::provider_sim
