#include "tools/provider-sim/smtp_reply.hpp"

namespace postrider::provider_sim {

smtp_fate fate_of(outcome o) {
  using enum smtp_stage;
  switch (o) {
    case outcome::unregistered: return {rcpt, 550, "5.1.1", "No such user here"};
    case outcome::identity: return {rcpt, 550, "5.7.1", "Relaying denied"};
    case outcome::rate_limit: return {rcpt, 450, "4.7.1", "Greylisted, try again later"};
    case outcome::rate_limit_captcha:
      return {rcpt, 421, "4.7.0", "Too many messages, closing", smtp_next::close};
    case outcome::invalid_pre_key: return {rcpt, 452, "4.2.2", "Mailbox full"};
    case outcome::unknown_host: return {rcpt, 550, "5.1.2", "Bad destination system"};
    case outcome::account_unknown: return {rcpt, 530, "5.7.0", "Authentication required"};
    case outcome::io_error: return {data, 451, "4.3.0", "Local error in processing"};
    case outcome::http_404: return {data, 554, "5.5.1", "No valid recipients"};
    case outcome::drop: return {data, 0, "", "", smtp_next::reset};
    case outcome::drop_in_body:
      return {data, 354, "", "End data with <CR><LF>.<CR><LF>", smtp_next::drop_in_body};
    case outcome::network_failure: return {dot, 451, "4.4.2", "Bad connection"};
    case outcome::internal_error: return {dot, 451, "4.3.0", "Local error in processing"};
    case outcome::http_500: return {dot, 554, "5.3.0", "Transaction failed"};
    case outcome::garbage:
    case outcome::accept_then_garbage:
      return {dot, 0, "", "<html>Bad gateway</html>\r\n", smtp_next::close};
    case outcome::accept_then_cut: return {dot, 0, "", "25", smtp_next::close};
    case outcome::accept_then_drop: return {dot, 0, "", "", smtp_next::reset};
    case outcome::never_answer:
    case outcome::accept_never_answer: return {dot, 0, "", "", smtp_next::hold};
    default: return {};
  }
}

smtp_step smtp_answer(unsigned status, std::string_view enhanced, std::string_view text,
                      smtp_next next) {
  smtp_step step;
  step.reply = std::to_string(status) + ' ';
  if (!enhanced.empty()) step.reply.append(enhanced).append(" ");
  step.reply.append(text).append("\r\n");
  step.next = status == 421 ? smtp_next::close : next;
  return step;
}

smtp_step smtp_answer(const reply_rule& rule, smtp_next next) {
  if (rule.then == smtp_turn::drop) return {"", smtp_next::reset};
  if (rule.then == smtp_turn::never_answer) return {"", smtp_next::hold};
  if (rule.then == smtp_turn::close) next = smtp_next::close;
  const char* usual = rule.status < 400 ? "Ok" : rule.status < 500 ? "Try again later" : "Refused";
  smtp_step step = smtp_answer(rule.status, rule.enhanced,
                               rule.message.empty() ? std::string_view(usual) : rule.message, next);
  if (rule.then != smtp_turn::stall) return step;
  return {step.reply.substr(0, step.reply.size() / 2), smtp_next::hold};
}

bool is_refusal(const reply_rule& rule) {
  return rule.then != smtp_turn::go_on || rule.status >= 400;
}

}  // namespace postrider::provider_sim
