#include "tests/simulation/peers.hpp"

#include <boost/json.hpp>
#include <boost/url.hpp>

#include <algorithm>

namespace postrider::tests {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using actors::outcome_kind;
using persistence::error_code;
using persistence::transaction_status;

/// That a sender makes of a request to slow down which does not say for how long.
constexpr auto pause_without_a_word = 30s;

std::string name_of(const actors::transfer_request& request) {
  return request.url.substr(7, request.url.find('.') - 7);
}

std::string signal_event(const std::string& account, const std::string& number,
                         std::int64_t timestamp, bool read) {
  const json::object envelope{
      {"sourceNumber", number},
      {"timestamp", timestamp + 1'000},
      {"receiptMessage", {{"isDelivery", !read}, {"isRead", read}, {"timestamps", {timestamp}}}}};
  return "event:receive\ndata:" +
         json::serialize(json::object{{"account", account}, {"envelope", envelope}}) + "\n\n";
}

}  // namespace

simulated_peers::simulated_peers(std::uint64_t seed, const actors::delivery_settings& settings,
                                 ledger_audit& audit, const virtual_clock& clock,
                                 day_counts& counts, std::function<void(planned_receipt)> later)
    : rules(settings.messaging, clock),
      random_(seed),
      audit_(audit),
      clock_(clock),
      counts_(counts),
      later_(std::move(later)) {
  for (const char* name : {"alpha", "beta", kannel})
    moods_.emplace(name, peer_mood::healthy);
  for (const auto& provider : settings.providers)
    rules.add(provider);
}

std::string simulated_peers::account_of(const std::string& provider) {
  return provider == "alpha" ? "+15550001111" : "+15550002222";
}

void simulated_peers::note(std::string_view event) {
  const auto now = std::to_string(clock_.steady.time_since_epoch().count());
  for (const auto part : {std::string_view(now), event})
    for (const char c : part)
      trace = (trace ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
}

void simulated_peers::change_mood(std::mt19937_64& random) {
  auto at = moods_.begin();
  std::advance(at, static_cast<long>(random() % moods_.size()));
  // Healthy as often as all the rest.
  at->second = random() % 2 == 0 ? peer_mood::healthy : static_cast<peer_mood>(random() % 7);
  note(at->first);
}

void simulated_peers::calm() {
  for (auto& [name, mood] : moods_)
    mood = peer_mood::healthy;
  all_down_since_.reset();
}

void simulated_peers::take_down(std::mt19937_64& random, std::size_t count) {
  calm();
  const auto how = random() % 3 == 0 ? peer_mood::misconfigured : peer_mood::down;
  auto at = moods_.begin();
  std::advance(at, static_cast<long>(random() % moods_.size()));
  for (; count > 0; --count) {
    at->second = how;
    if (++at == moods_.end()) at = moods_.begin();
  }
  const auto down = [how](const auto& one) { return one.second == how; };
  if (std::ranges::all_of(moods_, down)) all_down_since_ = clock_.steady;
}

bool simulated_peers::all_down_for(std::chrono::nanoseconds time) const {
  return all_down_since_ && clock_.steady - *all_down_since_ >= time;
}

// ---- what must hold when a provider is called ---------------------------------------------------

simulated_peers::call simulated_peers::read(const actors::transfer_request& request) {
  call made;
  made.provider = name_of(request);
  if (made.provider != kannel) {
    made.body = request.body;
    const auto body = json::parse(request.body).as_object();
    const auto& params = body.at("params").as_object();
    made.reference = std::string(body.at("id").as_string());
    made.text = std::string(params.at("message").as_string());
    made.number = std::string(params.at("recipient").at(0).as_string());
    return made;
  }
  const auto url = boost::urls::parse_uri(request.url).value();
  std::string receipt_url;
  for (const auto& field : url.params()) {
    if (field.key == "text") made.text = field.value;
    if (field.key == "to") made.number = field.value;
    if (field.key == "dlr-url") receipt_url = field.value;
  }
  const auto path = receipt_url.substr(0, receipt_url.find('?'));
  made.token = path.substr(path.rfind('/') + 1);
  const auto row = audit_.find(std::stoll("0" + made.token));
  if (row) made.reference = to_string(row->message) + "/" + std::to_string(row->recipient_no);
  return made;
}

void simulated_peers::check(call& made) {
  const auto slash = made.reference.find('/');
  const auto message = persistence::parse_message_id(made.reference.substr(0, slash));
  const auto all = message ? audit_.rows_of(*message) : std::vector<audited_row>{};
  if (all.empty()) return violation("a message that is not in the ledger was sent: " + made.text);
  const auto recipient = std::stoi(made.reference.substr(slash + 1));
  std::vector<audited_row> rows;
  const audited_row* processing = nullptr;
  for (const auto& row : all)
    if (row.recipient_no == recipient) rows.push_back(row);
  for (const auto& row : rows)
    if (row.live && row.status == transaction_status::processing) processing = &row;
  if (!processing) return violation("called without a committed begin: " + made.reference);
  made.id = processing->id;
  made.row = *processing;
  if (!made.token.empty() && std::stoll(made.token) != made.id)
    violation("the receipt URL names another transaction: " + made.reference);
  if (!called_.insert(made.id).second)
    violation("called twice for one begin: " + std::to_string(made.id));
  if (processing->expires_at && *processing->expires_at <= clock_.wall())
    violation("sent after it expired: " + made.reference);
  if (deliveries[made.reference].cancelled)
    violation("sent after it was cancelled: " + made.reference);
  check_content(made);
  check_copies(made, rows, *processing);
  for (auto& found : rules.check(made.process, made.provider, *processing, rows))
    violation(std::move(found));
}

/// The text of the message that this number was given, and not before its time.
void simulated_peers::check_content(const call& made) {
  const auto number = std::stoull(made.number.substr(made.number.size() - 4));
  const auto message = posted.find(number);
  if (message == posted.end() || message->second.text != made.text)
    return violation("the text \"" + made.text + "\" was sent to " + made.number);
  if (message->second.refused) violation("a refused message was sent: " + made.text);
  if (message->second.send_at > latest_wall) violation("sent before its time: " + made.text);
}

/// Another copy is allowed only when what became of the earlier ones is not known, or when they are
/// known not to have arrived; and in the first case it is marked.
void simulated_peers::check_copies(const call& made, const std::vector<audited_row>& rows,
                                   const audited_row& processing) {
  for (const auto& copy : deliveries[made.reference].copies) {
    const auto earlier = std::ranges::find(rows, copy.id, &audited_row::id);
    if (earlier == rows.end()) continue;
    // Retried by hand, and then its answer came.
    const bool of_this_chain = earlier->chain_no == processing.chain_no;
    if (of_this_chain && earlier->status == transaction_status::success)
      violation("sent again after it was accepted: " + made.reference + text_of(rows));
    const bool returned = earlier->error == error_code::undelivered;
    if (!returned && !processing.possible_duplicate)
      violation("a second copy that is not marked: " + made.reference + text_of(rows));
  }
}

// ---- what a provider does -----------------------------------------------------------------------

scripted_engine::answer simulated_peers::answer(const actors::transfer_request& request,
                                                int process) {
  ++counts_.calls;
  auto made = read(request);
  made.process = process;
  check(made);
  auto out = decide(made);
  made.said.after = out.after;
  rules.on_answer(process, made.provider, made.row, made.said);
  note(made.provider + made.reference + std::to_string(out.after.count()) +
       std::to_string(static_cast<int>(out.result.stage)) + out.result.body);
  return out;
}

scripted_engine::answer simulated_peers::decide(call& made) {
  const std::chrono::nanoseconds latency = std::chrono::milliseconds(1 + random_() % 2000);
  switch (moods_.at(made.provider)) {
    case peer_mood::healthy: return {accept(made, latency, true), latency};
    case peer_mood::slow: return {accept(made, latency * 10, true), latency * 10};
    case peer_mood::down:
      made.said.kind = outcome_kind::unavailable;
      return {transfer_failure(actors::transfer_error::connect, actors::transfer_stage::connecting),
              5ms};
    case peer_mood::misconfigured: return {refuse(made), latency};
    case peer_mood::rejecting:
      return {chance(0.5) ? reject(made) : accept(made, latency, true), latency};
    case peer_mood::throttling:
      return {chance(0.5) ? accept(made, latency, true) : throttle(made), latency};
    case peer_mood::lossy: break;
  }
  return lose(made, latency);
}

/// Accepted or not, often the caller does not get to know.
scripted_engine::answer simulated_peers::lose(call& made, std::chrono::nanoseconds latency) {
  if (chance(0.4)) return {accept(made, latency, true), latency};
  if (chance(0.5)) accept(made, latency, false);
  made.said.kind = outcome_kind::unknown;
  if (chance(0.3)) return {http_reply(made.provider == kannel ? 502 : 200, "<html>"), latency};
  if (chance(0.3) && made.provider != kannel)
    return {signal_failure(made.body, "NETWORK_FAILURE"), latency};
  return {
      transfer_failure(actors::transfer_error::timeout, actors::transfer_stage::request_written),
      30s};
}

actors::transfer_result simulated_peers::reject(call& made) {
  made.said.kind = outcome_kind::recipient_rejected;
  return made.provider == kannel ? http_reply(403, "Not routable. Do not try again.")
                                 : signal_failure(made.body, "UNREGISTERED_FAILURE");
}

/// Its settings, or its credentials.
actors::transfer_result simulated_peers::refuse(call& made) {
  made.said.kind = outcome_kind::misconfigured;
  made.said.credentials = chance(0.5);
  if (made.provider != kannel)
    return signal_error(
        made.body, -1,
        made.said.credentials ? "Authorization failed!" : "Specified account does not exist");
  return made.said.credentials ? http_reply(403, "Authorization failed for sendsms")
                               : http_reply(404, "Unknown request.");
}

actors::transfer_result simulated_peers::throttle(call& made) {
  const auto seconds = static_cast<std::int64_t>(1 + random_() % (chance(0.5) ? 20 : 4'000));
  made.said.kind = outcome_kind::throttled;
  made.said.pause = std::chrono::seconds(seconds);
  if (made.provider != kannel) return signal_failure(made.body, "RATE_LIMIT_FAILURE", seconds);
  auto reply = http_reply(503, "Temporal failure, try again later.");
  if (chance(0.7)) reply.headers.emplace_back("retry-after", std::to_string(seconds));
  else made.said.pause = pause_without_a_word;
  return reply;
}

actors::transfer_result simulated_peers::accept(const call& made, std::chrono::nanoseconds latency,
                                                bool answered) {
  auto& record = deliveries[made.reference];
  if (!record.copies.empty()) count_copy(made, record);
  record.copies.push_back({made.id, answered});
  // signal-cli names a message by the time at which it was sent.
  auto timestamp =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall().time_since_epoch())
          .count();
  while (!timestamps_.insert(timestamp).second)
    ++timestamp;
  plan_receipts(made, latency, timestamp);
  return made.provider == kannel ? http_reply(202, "0: Accepted for delivery")
                                 : signal_success(made.body, timestamp);
}

void simulated_peers::count_copy(const call& made, const delivery_record& before) {
  const auto& last = before.copies.back();
  const auto earlier = audit_.find(last.id), now = audit_.find(made.id);
  if (!earlier || !now) return;
  if (earlier->chain_no != now->chain_no) ++counts_.by_hand;
  else if (earlier->error == error_code::undelivered) ++counts_.after_undelivered;
  else ++(last.answered ? counts_.after_process_end : counts_.after_lost_answer);
}

/// Some come before the answer, some hours later, some never, and not all of them agree.
void simulated_peers::plan_receipts(const call& made, std::chrono::nanoseconds latency,
                                    std::int64_t timestamp) {
  const auto delay = [&]() -> std::chrono::nanoseconds {
    if (chance(0.2)) return latency / 2;
    if (chance(0.1)) return std::chrono::minutes(random_() % 600);
    return latency + std::chrono::milliseconds(random_() % 120'000);
  };
  if (made.provider == kannel) {
    const auto say = [&](const char* type) {
      later_({made.provider, delay(), {}, made.token, type, 0});
    };
    if (chance(0.2)) say("8");
    if (chance(0.4)) say("1");
    if (chance(0.3)) say(chance(0.5) ? "2" : "16");
    return;
  }
  for (const bool read : {false, true})
    if (chance(0.3))
      later_({made.provider,
              delay(),
              signal_event(account_of(made.provider), made.number, timestamp, read),
              {},
              {},
              0});
}

}  // namespace postrider::tests
