#include "tests/simulation/peers.hpp"

#include <boost/json.hpp>

namespace postrider::tests {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using persistence::transaction_status;

bool chance(std::mt19937_64& random, double share) {
  return std::uniform_real_distribution<>(0, 1)(random) < share;
}

}  // namespace

simulated_peers::simulated_peers(std::uint64_t seed, persistence::ledger_database& ledger,
                                 const virtual_clock& clock, std::vector<std::string> names)
    : random_(seed), queries_(ledger.open_queries()), clock_(clock) {
  for (auto& name : names)
    moods_.emplace(std::move(name), peer_mood::healthy);
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
  at->second = chance(random, 0.5) ? peer_mood::healthy : static_cast<peer_mood>(random() % 7);
  note(at->first);
}

void simulated_peers::calm() {
  for (auto& [name, mood] : moods_)
    mood = peer_mood::healthy;
}

/// What the ledger must say when a provider is called.
void simulated_peers::check_call(const std::string& reference, const std::string& text) {
  current_ = 0;
  if (refused_texts.contains(text)) violations_.push_back("a refused message was sent: " + text);
  const auto slash = reference.find('/');
  const auto id = persistence::parse_message_id(reference.substr(0, slash));
  const auto found = queries_->find_message(*id);
  if (!found || !*found) {
    violations_.push_back("a message that is not in the ledger was sent: " + reference);
    return;
  }
  const auto recipient = std::stoi(reference.substr(slash + 1));
  int processing = 0;
  for (const auto& row : (*found)->transactions) {
    const auto& transaction = row.transaction;
    if (transaction.recipient_no != recipient) continue;
    if (transaction.status == transaction_status::success)
      violations_.push_back("sent although it has success: " + reference);
    if (transaction.status != transaction_status::processing) continue;
    ++processing;
    current_ = transaction.id;
    if (!called_.insert(transaction.id).second)
      violations_.push_back("called twice for one begin: " + std::to_string(transaction.id));
    if (accepted_[reference] > 0 && !transaction.possible_duplicate)
      violations_.push_back("a second copy that is not marked: " + reference);
    if (transaction.expires_at && *transaction.expires_at <= clock_.wall())
      violations_.push_back("sent after it expired: " + reference);
  }
  if (processing != 1) violations_.push_back("called without a committed begin: " + reference);
}

scripted_engine::answer simulated_peers::answer(const actors::transfer_request& request) {
  ++calls;
  const auto name = request.url.substr(7, request.url.find('.') - 7);
  const auto body = json::parse(request.body).as_object();
  const std::string reference(body.at("id").as_string());
  check_call(reference, std::string(body.at("params").at("message").as_string()));
  auto out = decide(moods_.at(name), request.body, reference, current_);
  note(name + reference + std::to_string(out.after.count()) +
       std::to_string(static_cast<int>(out.result.stage)) + out.result.body);
  return out;
}

scripted_engine::answer simulated_peers::decide(peer_mood mood, const std::string& body,
                                                const std::string& reference,
                                                persistence::transaction_id id) {
  const auto latency = std::chrono::milliseconds(1 + random_() % 2000);
  const auto accept = [&] {
    duplicates += ++accepted_[reference] > 1;
    return signal_success(body, static_cast<std::int64_t>(1'700'000'000'000 + calls));
  };
  switch (mood) {
    case peer_mood::healthy: return {accept(), latency};
    case peer_mood::slow: return {accept(), latency * 10};
    case peer_mood::down:
      return {transfer_failure(actors::transfer_error::connect, actors::transfer_stage::connecting),
              5ms};
    case peer_mood::misconfigured: return {http_reply(404, ""), latency};
    case peer_mood::rejecting:
      return {chance(random_, 0.5) ? signal_failure(body, "UNREGISTERED_FAILURE") : accept(),
              latency};
    case peer_mood::throttling:
      if (chance(random_, 0.5)) return {accept(), latency};
      called_.erase(id);
      return {signal_failure(body, "RATE_LIMIT_FAILURE",
                             static_cast<std::int64_t>(1 + random_() % 400)),
              latency};
    case peer_mood::lossy: break;
  }
  // Accepted or not, the caller does not get to know.
  if (chance(random_, 0.4)) return {accept(), latency};
  if (chance(random_, 0.5)) accept();
  if (chance(random_, 0.3)) return {http_reply(200, "<html>"), latency};
  if (chance(random_, 0.3)) return {signal_failure(body, "NETWORK_FAILURE"), latency};
  return {
      transfer_failure(actors::transfer_error::timeout, actors::transfer_stage::request_written),
      30s};
}

}  // namespace postrider::tests
