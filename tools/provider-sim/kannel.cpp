#include "tools/provider-sim/kannel.hpp"

#include "tools/provider-sim/text_hash.hpp"
#include "tools/provider-sim/wire_effect.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

/// Witness: gw/smsbox.c, gw/urltrans.c and gw/dlr.h (pruiz/kannel@cdbcfc1), the strings of smsbox
/// in Debian's kannel 1.4.5-12, and that program itself, which tests/peers/kannel.py runs.
namespace postrider::provider_sim {
namespace {

constexpr std::string_view reply_type = "text/html";
constexpr unsigned report_attempts = 3;

struct kannel_answer {
  unsigned status = 0;
  std::string_view text;
};

// Kannel reads a field with sscanf: what is no number counts as absent, which is -1.
int number_of(const form& given, std::string_view name, int absent) {
  const std::string_view digits = given.get(name);
  int number = absent;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

kannel_answer check_fields(const form& given) {
  const std::string_view url = given.get("dlr-url");
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://"))
    return {400, "DLR-URL field misformed, rejected"};
  struct range {
    std::string_view name;
    int least, most;
    std::string_view fault;
  };
  constexpr range ranges[] = {
      {"dlr-mask", -1, 63, "DLR-Mask field misformed, rejected"},
      {"mclass", -1, 3, "MClass field misformed, rejected"},
      {"pid", -1, 255, "PID field misformed, rejected"},
      {"rpi", -1, 2, "RPI field misformed, rejected"},
      {"alt-dcs", -1, 1, "Alt-DCS field misformed, rejected"},
      {"mwi", -1, 7, "MWI field misformed, rejected"},
      {"coding", -1, 2, "Coding field misformed, rejected"},
      {"validity", -1, 1 << 30, "Validity field misformed, rejected"},
      {"deferred", -1, 1 << 30, "Deferred field misformed, rejected"},
      {"priority", -1, 3, "Priority field misformed, rejected"},
  };
  for (const range& r : ranges)
    if (const int value = number_of(given, r.name, -1); value < r.least || value > r.most)
      return {400, r.fault};
  return {};
}

kannel_answer check_sendsms(const form& given) {
  const std::string* to = given.find("to");
  if (!to) return {400, "Missing receiver number, rejected"};
  if (to->empty()) return {400, "Empty receiver number not allowed, rejected"};
  if (to->find_first_not_of("0123456789 +-") != to->npos)
    return {400, "Number(s) has/have been denied by white- and/or black-lists."};
  if (given.get("from").empty()) return {400, "Sender missing and no global set, rejected"};
  return check_fields(given);
}

kannel_answer reply_to(outcome o) {
  switch (o) {
    case outcome::unregistered: return {403, "Not routable. Do not try again."};
    case outcome::identity:
      return {400, "Number(s) has/have been denied by white- and/or black-lists."};
    case outcome::rate_limit:
    case outcome::rate_limit_captcha: return {503, "Temporal failure, try again later."};
    case outcome::network_failure:
    case outcome::invalid_pre_key:
    case outcome::io_error:
    case outcome::internal_error:
    case outcome::unknown_host: return {500, "Sending failed."};
    case outcome::account_unknown: return {403, "Authorization failed for sendsms"};
    case outcome::http_404: return {404, "Unknown request."};
    default: return {202, "0: Accepted for delivery"};
  }
}

// The text of a rule that gives none.
std::string_view usual_text(const reply_rule& rule) {
  if (rule.status == 202)
    return rule.code == 3 ? "3: Queued for later delivery" : "0: Accepted for delivery";
  for (const outcome o : {outcome::unregistered, outcome::identity, outcome::rate_limit,
                          outcome::io_error, outcome::http_404})
    if (reply_to(o).status == rule.status) return reply_to(o).text;
  return {};
}

std::string receipt_text(std::uint64_t id, bool is_delivered) {
  char text[160];
  std::snprintf(text, sizeof text,
                "id:%08llx sub:001 dlvrd:%s submit date:2601010000 done date:2601010000 stat:%s "
                "err:%s text:",
                static_cast<unsigned long long>(id), is_delivered ? "001" : "000",
                is_delivered ? "DELIVRD" : "UNDELIV", is_delivered ? "000" : "001");
  return text;
}

std::string internal_id(std::uint64_t message) {
  const text_hash h = hash_text("kannel" + std::to_string(message));
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%012llx",
                static_cast<unsigned>(h.high >> 32), static_cast<unsigned>(h.high >> 16) & 0xffff,
                static_cast<unsigned>(h.high) & 0xfff, static_cast<unsigned>(h.low >> 48) & 0xfff,
                static_cast<unsigned long long>(h.low & 0xffffffffffffULL));
  return text;
}

}  // namespace

std::string fill_report_url(std::string_view url, const delivery_report& report) {
  std::string result;
  for (std::size_t i = 0; i < url.size(); ++i) {
    if (url[i] != '%' || i + 1 == url.size()) {
      result += url[i];
      continue;
    }
    switch (url[++i]) {
      case 'd': result += std::to_string(report.type); break;
      case 'A': result += percent_encode(report.answer); break;
      case 'F': result += percent_encode(report.foreign_id); break;
      case 'i': result += percent_encode(report.smsc); break;
      case 'I': result += percent_encode(report.id); break;
      case 'p': result += percent_encode(report.sender); break;
      case 'P': result += percent_encode(report.receiver); break;
      case 'T': result += std::to_string(report.time); break;
      case '%': result += '%'; break;
      default:
        // Not an escape of Kannel's, but perhaps one of the URL.
        result += '%';
        result += url[i];
    }
  }
  return result;
}

void kannel::answer(provider& at, const request_view& request, reply& out) {
  const auto refuse = [&](unsigned status, std::string_view text) {
    at.counts.count_refused();
    answer_text(out, status, reply_type, text);
  };
  if (request.path != "/cgi-bin/sendsms") return refuse(404, "Unknown request.");
  if (request.method == "POST") return refuse(400, "Invalid content-type");
  if (request.method != "GET") return refuse(404, "Unknown request.");
  const auto given = form::parse(request.query);
  if (!given) return refuse(400, "Charset or body misformed, rejected");
  if (!is_allowed(*given)) return refuse(403, "Authorization failed for sendsms");
  if (const kannel_answer why = check_sendsms(*given); why.status != 0)
    return refuse(why.status, why.text);
  send(at, *given, request.arrived, out);
}

bool kannel::is_allowed(const form& given) const {
  const std::string_view user = given.get("username"), password = given.get("password");
  if (login_.empty()) return !user.empty() && !password.empty();
  return login_ == std::string(user) + ':' + std::string(password);
}

// Several receivers get one reply: that of the first which is not accepted.
void kannel::send(provider& at, const form& given, clock_time now, reply& out) {
  outcome worst = outcome::accept;
  const reply_rule* rule = nullptr;
  std::string_view rest = given.get("to");
  at.counts.count_call();
  while (!rest.empty()) {
    const std::string_view to = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), to.size() + 1));
    if (to.empty()) continue;
    const decision d = at.rules.decide(to);
    out.delay = std::max(out.delay, d.delay);
    at.decided(d.what, to, given.get("text"), now);
    const bool is_accepted = counts_as_accepted(d.what);
    if (is_accepted) at.take(to, given.get("text"), now);
    if (is_accepted || d.what == outcome::unregistered)
      add_reports(at, given, to, is_accepted, out);
    if (worst != outcome::accept) continue;
    worst = d.what;
    rule = d.rule;
  }
  if (worst == outcome::reply || worst == outcome::accept_then_reply) {
    if (apply_to_exchange(*rule, out)) return;
    return answer_text(out, rule->status, reply_type,
                       rule->message.empty() ? usual_text(*rule) : rule->message);
  }
  if (worst != outcome::http_404 && apply_to_exchange(worst, out)) return;
  answer_text(out, reply_to(worst).status, reply_type, reply_to(worst).text);
}

void kannel::add_reports(provider& at, const form& given, std::string_view to, bool is_accepted,
                         reply& out) {
  const std::uint64_t number = ++messages_;
  const int mask = std::max(0, number_of(given, "dlr-mask", 0));
  const std::string_view url = given.get("dlr-url");
  if (url.empty() || mask == 0) return;
  const receipt_plan plan = at.rules.plan_receipts(to);
  const receipt_rules& rules = at.rules.settings().receipts;
  std::vector<std::pair<int, std::string>> list;
  const auto text = [&](std::string usual) { return rules.text.empty() ? usual : rules.text; };
  const bool is_delivered = plan.kind == receipt_kind::delivered || plan.kind == receipt_kind::read;
  if (!is_accepted) {
    list.emplace_back(16, "NACK/no SMSC");
  } else if (plan.kind == receipt_kind::failed) {
    if (plan.is_complete)
      list.emplace_back(16, text("NACK/0x0000000b/Invalid Destination Address"));
  } else if (plan.kind != receipt_kind::none) {
    list.emplace_back(8, "ACK/");
    if (plan.is_complete)
      list.emplace_back(is_delivered ? 1 : 2, text(receipt_text(number, is_delivered)));
  }
  if (rules.order == receipt_order::reversed) std::reverse(list.begin(), list.end());
  for (const auto& [type, answer] : list) {
    if ((mask & type) == 0) continue;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    callback call{.method = "GET", .attempts = report_attempts};
    call.url =
        fill_report_url(url, {type, answer, std::to_string(number), "sim", internal_id(number),
                              std::string(to), std::string(given.get("from")),
                              std::chrono::duration_cast<std::chrono::seconds>(now).count()});
    call.retry_pause = std::chrono::microseconds(static_cast<std::int64_t>(rules.retry_ms * 1000));
    out.errands.push_back({plan.pause, std::move(call)});
    if (rules.order == receipt_order::before_answer) out.errands_first = true;
  }
}

}  // namespace postrider::provider_sim
