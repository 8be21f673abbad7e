#include "tools/provider-sim/smtp_dialogue.hpp"

#include "tools/provider-sim/base64.hpp"
#include "tools/provider-sim/mail_text.hpp"
#include "tools/provider-sim/smtp_reply.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <utility>

namespace postrider::provider_sim {
namespace {

constexpr std::size_t max_recipients = 100;

bool is_same_word(std::string_view one, std::string_view other) {
  return boost::beast::iequals({one.data(), one.size()}, {other.data(), other.size()});
}

smtp_step syntax_error(std::string_view text) { return smtp_answer(501, "5.5.4", text); }

smtp_step wrong_order(std::string_view text) { return smtp_answer(503, "5.5.1", text); }

struct path_argument {
  std::string address;
  bool is_path = false;
  bool has_unknown_parameter = false;
};

// `FROM:<address> SIZE=1`; the parameters of RFC 1870 and RFC 6152 are known.
path_argument read_path(std::string_view argument, std::string_view keyword) {
  path_argument result;
  if (!is_same_word(argument.substr(0, keyword.size()), keyword)) return result;
  argument.remove_prefix(keyword.size());
  while (argument.starts_with(' '))
    argument.remove_prefix(1);
  const std::size_t end = argument.find('>');
  if (!argument.starts_with('<') || end == argument.npos) return result;
  result.address = argument.substr(1, end - 1);
  result.is_path = result.address.find_first_of(" \t<\r\n") == std::string::npos;
  argument.remove_prefix(end + 1);
  while (!argument.empty()) {
    const std::string_view one = argument.substr(0, argument.find(' '));
    argument.remove_prefix(std::min(argument.size(), one.size() + 1));
    const std::string_view name = one.substr(0, one.find('='));
    if (!one.empty() && !is_same_word(name, "SIZE") && !is_same_word(name, "BODY"))
      result.has_unknown_parameter = true;
  }
  return result;
}

}  // namespace

const reply_rule* smtp_dialogue::rule_of(smtp_stage stage) const {
  const auto& stages = at_.rules.settings().stages;
  const auto found = stages.find(stage);
  return found == stages.end() || mails_ < found->second.after ? nullptr : &found->second;
}

void smtp_dialogue::forget_transaction() {
  has_sender_ = false;
  recipients_.clear();
}

void smtp_dialogue::on_tls() {
  has_tls_ = true;
  is_greeted_ = is_authenticated_ = false;
  forget_transaction();
}

smtp_step smtp_dialogue::greet() {
  if (const reply_rule* rule = rule_of(smtp_stage::greeting)) return smtp_answer(*rule);
  return smtp_answer(220, "", "provider-sim ESMTP");
}

smtp_step smtp_dialogue::command(std::string_view line) {
  const std::string_view verb = line.substr(0, line.find(' '));
  std::string_view argument = line.substr(std::min(line.size(), verb.size() + 1));
  while (argument.ends_with(' '))
    argument.remove_suffix(1);
  const auto is = [verb](std::string_view name) { return is_same_word(verb, name); };
  if (is("EHLO") || is("HELO")) return on_ehlo(argument, is("EHLO"));
  if (is("MAIL")) return on_mail(argument);
  if (is("RCPT")) return on_rcpt(argument);
  if (is("DATA")) return argument.empty() ? on_data() : syntax_error("DATA takes no argument");
  if (is("AUTH")) return on_auth(argument);
  if (is("STARTTLS")) return on_starttls(argument);
  if (is("RSET")) {
    forget_transaction();
    return smtp_answer(250, "2.0.0", "Ok");
  }
  if (is("NOOP")) return smtp_answer(250, "2.0.0", "Ok");
  if (is("QUIT")) return smtp_answer(221, "2.0.0", "Bye", smtp_next::close);
  if (is("VRFY")) return smtp_answer(252, "2.5.2", "Send some mail and see");
  return smtp_answer(500, "5.5.2", "Unknown command");
}

smtp_step smtp_dialogue::on_ehlo(std::string_view name, bool extended) {
  const reply_rule* rule = rule_of(smtp_stage::ehlo);
  if (rule && is_refusal(*rule)) return smtp_answer(*rule);
  if (name.empty()) return syntax_error("EHLO needs a name");
  is_greeted_ = true;
  forget_transaction();
  if (!extended) return smtp_answer(250, "", "provider-sim");
  smtp_step step;
  step.reply = "250-provider-sim\r\n250-SIZE " + std::to_string(max_message) +
               "\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n";
  if (offers_tls_ && !has_tls_) step.reply += "250-STARTTLS\r\n";
  step.reply += "250 ENHANCEDSTATUSCODES\r\n";
  return step;
}

smtp_step smtp_dialogue::on_starttls(std::string_view argument) {
  if (!argument.empty()) return syntax_error("STARTTLS takes no argument");
  if (!offers_tls_) return smtp_answer(502, "5.5.1", "Not offered");
  if (has_tls_) return wrong_order("Already in TLS");
  return smtp_answer(220, "2.0.0", "Ready to start TLS", smtp_next::start_tls);
}

smtp_step smtp_dialogue::on_auth(std::string_view argument) {
  if (!is_greeted_) return wrong_order("EHLO first");
  if (is_authenticated_ || has_sender_) return wrong_order("Not now");
  const std::string_view mechanism = argument.substr(0, argument.find(' '));
  const std::string_view initial = argument.substr(std::min(argument.size(), mechanism.size() + 1));
  if (is_same_word(mechanism, "PLAIN")) {
    auth_ = auth_step::plain;
    if (initial.empty()) return {"334 \r\n", smtp_next::credentials};
  } else if (is_same_word(mechanism, "LOGIN")) {
    auth_ = auth_step::login_user;
    if (initial.empty()) return {"334 VXNlcm5hbWU6\r\n", smtp_next::credentials};
  } else {
    return smtp_answer(504, "5.5.4", "Unrecognized authentication type");
  }
  return credentials(initial);
}

smtp_step smtp_dialogue::credentials(std::string_view line) {
  const auto text = line == "=" ? std::optional<std::string>("") : from_base64(line);
  const auto at = std::exchange(auth_, auth_step::none);
  if (line == "*" || !text) return smtp_answer(501, "5.5.2", "Authentication cancelled");
  if (at == auth_step::login_user) {
    auth_user_ = *text;
    auth_ = auth_step::login_password;
    return {"334 UGFzc3dvcmQ6\r\n", smtp_next::credentials};
  }
  if (at == auth_step::login_password) return judge_login(auth_user_, *text);
  // RFC 4616: authorization identity, NUL, user, NUL, password.
  const std::size_t first = text->find('\0');
  const std::size_t second = first == text->npos ? first : text->find('\0', first + 1);
  if (second == text->npos) return smtp_answer(501, "5.5.2", "Cannot decode");
  return judge_login(std::string_view(*text).substr(first + 1, second - first - 1),
                     std::string_view(*text).substr(second + 1));
}

smtp_step smtp_dialogue::judge_login(std::string_view user, std::string_view password) {
  if (const reply_rule* rule = rule_of(smtp_stage::auth); rule && is_refusal(*rule))
    return smtp_answer(*rule);
  if (!login_.empty() && login_ != std::string(user) + ':' + std::string(password))
    return smtp_answer(535, "5.7.8", "Authentication credentials invalid");
  is_authenticated_ = true;
  return smtp_answer(235, "2.7.0", "Authentication succeeded");
}

smtp_step smtp_dialogue::on_mail(std::string_view argument) {
  if (!is_greeted_) return wrong_order("EHLO first");
  if (has_sender_) return wrong_order("One sender at a time");
  if (!login_.empty() && !is_authenticated_)
    return smtp_answer(530, "5.7.0", "Authentication required");
  const path_argument from = read_path(argument, "FROM:");
  if (!from.is_path) return syntax_error("Syntax: MAIL FROM:<address>");
  if (from.has_unknown_parameter) return smtp_answer(555, "5.5.4", "Parameters not recognized");
  if (const reply_rule* rule = rule_of(smtp_stage::mail); rule && is_refusal(*rule))
    return smtp_answer(*rule);
  has_sender_ = true;
  return smtp_answer(250, "2.1.0", "Sender ok");
}

smtp_step smtp_dialogue::on_rcpt(std::string_view argument) {
  if (!has_sender_) return wrong_order("MAIL first");
  const path_argument to = read_path(argument, "TO:");
  if (!to.is_path) return syntax_error("Syntax: RCPT TO:<address>");
  if (to.has_unknown_parameter) return smtp_answer(555, "5.5.4", "Parameters not recognized");
  if (to.address.find('@') == std::string::npos)
    return smtp_answer(501, "5.1.3", "Bad recipient address syntax");
  if (recipients_.size() >= max_recipients) return smtp_answer(452, "4.5.3", "Too many recipients");
  const reply_rule* rule = rule_of(smtp_stage::rcpt);
  if (rule && is_refusal(*rule)) return smtp_answer(*rule);
  const decision d = at_.rules.decide(to.address);
  recipient who{to.address, d.what, {}, d.delay};
  if (d.what == outcome::reply || d.what == outcome::accept_then_reply) who.rule = *d.rule;
  at_.counts.count_call();
  smtp_step refused = fail_at(smtp_stage::rcpt, who);
  if (refused.next != smtp_next::data) {
    at_.counts.count_outcome(d.what);
    refused.delay = d.delay;
    return refused;
  }
  recipients_.push_back(std::move(who));
  return rule ? smtp_answer(*rule) : smtp_answer(250, "2.1.5", "Recipient ok");
}

// The step of the recipient's outcome at this stage. `next` is `data` when it goes on, which
// no outcome asks for.
smtp_step smtp_dialogue::fail_at(smtp_stage stage, const recipient& who) const {
  const smtp_step goes_on{"", smtp_next::data};
  if (who.what == outcome::reply || who.what == outcome::accept_then_reply) {
    const smtp_stage at = std::max(who.rule.stage, smtp_stage::rcpt);
    if (at != stage || (stage != smtp_stage::dot && !is_refusal(who.rule))) return goes_on;
    return smtp_answer(who.rule);
  }
  const smtp_fate fate = fate_of(who.what);
  if (who.what == outcome::accept || fate.stage != stage) return goes_on;
  if (fate.status == 0) return {std::string(fate.text), fate.next};
  return smtp_answer(fate.status, fate.enhanced, fate.text, fate.next);
}

smtp_step smtp_dialogue::on_data() {
  if (!has_sender_) return wrong_order("MAIL first");
  if (recipients_.empty()) return smtp_answer(554, "5.5.1", "No valid recipients");
  if (const reply_rule* rule = rule_of(smtp_stage::data); rule && is_refusal(*rule))
    return smtp_answer(*rule);
  for (const recipient& who : recipients_) {
    smtp_step told = fail_at(smtp_stage::data, who);
    if (told.next == smtp_next::data) continue;
    for (const recipient& each : recipients_)
      at_.counts.count_outcome(each.what);
    told.delay = who.delay;
    forget_transaction();
    return told;
  }
  return smtp_answer(354, "", "End data with <CR><LF>.<CR><LF>", smtp_next::data);
}

// One reply for all recipients: that of the first who has one of his own.
smtp_step smtp_dialogue::message(std::string_view data, clock_time now) {
  const std::vector<recipient> all = std::exchange(recipients_, {});
  forget_transaction();
  const reply_rule* rule = rule_of(smtp_stage::dot);
  smtp_step told = smtp_answer(250, "2.0.0", "Ok: queued as " + std::to_string(++mails_));
  bool is_taken = true;
  if (data.size() > max_message) {
    told = smtp_answer(552, "5.3.4", "Message too big");
    is_taken = false;
  } else if (rule) {
    told = smtp_answer(*rule);
    is_taken = rule->accepted || (!is_refusal(*rule));
  } else {
    for (const recipient& who : all) {
      const smtp_step own = fail_at(smtp_stage::dot, who);
      if (own.next == smtp_next::data) continue;
      told = own;
      is_taken = counts_as_accepted(who.what);
      break;
    }
  }
  const std::string text = mail_text(data);
  for (const recipient& who : all) {
    at_.decided(who.what, who.address, text, now);
    told.delay = std::max(told.delay, who.delay);
    if (is_taken) at_.take(who.address, text, now);
  }
  return told;
}

}  // namespace postrider::provider_sim
