#include "actors/rules/receipt_token.hpp"
#include "base/digest.hpp"
#include "tests/simulation/simulation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace postrider::tests {

using namespace std::chrono_literals;
using persistence::error_code;

namespace {

constexpr std::size_t users = 5;
/// Providers give up their calls of a receipt URL as well.
constexpr int receipt_tries = 3;

std::string reference_of(const persistence::transaction& row) {
  return to_string(row.message) + "/" + std::to_string(row.recipient_no);
}

}  // namespace

// ---- clients ------------------------------------------------------------------------------------

actors::send_request simulation::some_request(std::uint64_t number) {
  actors::send_request request;
  request.user = static_cast<persistence::user_id>(1 + below(users));
  request.text = fmt::format("message {}", number);
  request.recipients.emplace();
  for (std::size_t i = 0, count = 1 + (one_in(5) ? below(4) : 0); i < count; ++i)
    request.recipients->push_back({fmt::format("+1555{:03}{:04}", i, number), {}, {}, {}});
  request.priority = persistence::all_priorities[below(3)];
  if (one_in(3)) request.type = one_in(2) ? "sms" : "signal";
  if (one_in(3)) request.fallback_on_undelivered = !one_in(4);
  if (one_in(5)) request.send_at = clock_.wall() + 1s + seconds_below(one_in(2) ? 20 : 3'000);
  const auto life = 1s + seconds_below(one_in(2) ? 30 : 3'600);
  if (one_in(8)) request.ttl = life;
  else if (one_in(8)) request.expires_at = request.send_at.value_or(clock_.wall()) + life;
  return request;
}

void simulation::post() {
  const auto number = counts_.posted++;
  auto request = some_request(number);
  const auto text = request.text;
  if (one_in(8)) {
    request.once = actors::once_only{0, sha256(std::to_string(number)), sha256(text)};
    keyed_[number] = {request, clock_.wall(), false, std::nullopt};
    for (std::size_t i = 1 + below(2); i > 0; --i)
      plan_event(clock_.steady + std::chrono::milliseconds(below(20'000)), event::message_again);
  }
  peers_->posted[number] = {text, request.send_at.value_or(persistence::time_point{}), false};
  some_process()->gateway().send(std::move(request), text,
                                 [this, number](const auto& answer) { on_posted(number, answer); });
}

void simulation::on_posted(std::uint64_t number,
                           const actors::result<actors::send_receipt>& answer) {
  const auto keyed = keyed_.find(number);
  if (answer && keyed != keyed_.end()) {
    on_answered_again(number, *answer);
  } else if (answer) {
    ++counts_.accepted;
    accepted_.push_back(answer->message);
  } else if (answer.error().code == actors::service_errc::timeout) {
    ++counts_.in_doubt;
  } else {
    ++counts_.refused;
    // This post stored nothing; another one with its key may have, or will.
    peers_->posted[number].refused = keyed == keyed_.end() || !keyed->second.posted_again;
    if (answer.error().code == actors::service_errc::key_mismatch)
      violation("the same post again is taken for another one");
  }
}

/// As a client does that was told nothing, or is not sure: one of those that were posted last, and
/// not one whose key may be forgotten, after 24 hours, before this post is looked at.
void simulation::post_again() {
  if (keyed_.empty()) return;
  auto at = std::prev(keyed_.end());
  for (auto back = below(std::min<std::size_t>(8, keyed_.size())); back > 0; --back)
    --at;
  const auto number = at->first;
  if (peers_->latest_wall - at->second.posted_at > 24h - longest_jump - 10min) return;
  ++counts_.posted_again;
  at->second.posted_again = true;
  peers_->posted[number].refused = false;
  some_process()->gateway().send(at->second.request, "again",
                                 [this, number](const auto& answer) { on_posted(number, answer); });
}

/// Two answers are about the same message, whatever happened between them.
void simulation::on_answered_again(std::uint64_t number, const actors::send_receipt& answer) {
  counts_.replayed += answer.replayed;
  auto& first = keyed_[number].answer;
  if (!first) {
    ++counts_.accepted;
    accepted_.push_back(answer.message);
    first = answer;
    return;
  }
  bool same =
      first->message == answer.message && first->transactions.size() == answer.transactions.size();
  for (std::size_t i = 0; same && i < answer.transactions.size(); ++i)
    same = first->transactions[i].id == answer.transactions[i].id &&
           first->transactions[i].recipient == answer.transactions[i].recipient;
  if (!same) violation("one idempotency key gave two messages: " + to_string(first->message));
}

void simulation::cancel() {
  if (accepted_.empty()) return;
  // The newest ones are worth most: they are not sent yet.
  const auto back =
      below(one_in(3) ? accepted_.size() : std::min<std::size_t>(8, accepted_.size()));
  some_process()->gateway().cancel({accepted_[accepted_.size() - 1 - back]},
                                   [this](const auto& answer) {
                                     if (answer) on_cancelled(*answer);
                                   });
}

void simulation::on_cancelled(const actors::cancel_report& report) {
  ++counts_.cancels;
  counts_.cancelled += static_cast<std::uint64_t>(report.cancelled);
  for (const auto& row : report.transactions)
    if (actors::cancel_report::is_cancelled(row))
      peers_->deliveries[reference_of(row.transaction)].cancelled = true;
  say("a message was cancelled");
}

// ---- people -------------------------------------------------------------------------------------

actors::retry_request simulation::some_retry() {
  actors::retry_request request;
  request.include_final = !one_in(3);
  request.dry_run = one_in(10);
  if (!accepted_.empty() && one_in(3)) request.message = accepted_[below(accepted_.size())];
  if (one_in(4)) request.user = static_cast<persistence::user_id>(1 + below(users));
  if (!settings_.providers.empty() && one_in(4))
    request.provider = settings_.providers[below(settings_.providers.size())].name;
  constexpr std::array errors{error_code::outcome_unknown, error_code::unavailable,
                              error_code::undelivered, error_code::recipient_rejected};
  if (one_in(3)) request.error = errors[below(errors.size())];
  if (one_in(4)) request.created_after = clock_.wall() - seconds_below(10 * 3600);
  if (one_in(4)) request.created_before = clock_.wall() - seconds_below(3600);
  if (one_in(4))
    for (int i = 0; i < 5; ++i)
      request.ids.push_back(static_cast<persistence::transaction_id>(1 + below(300)));
  return request;
}

void simulation::retry_by_hand() {
  some_process()->gateway().retry(some_retry(), [this](const auto& answer) {
    if (!answer) return;
    ++counts_.retries_by_hand;
    counts_.retried += static_cast<std::uint64_t>(answer->retried);
    say(fmt::format("{} transactions are retried by hand", answer->retried));
  });
}

/// Somebody looks through messages for what nobody knows.
void simulation::settle_by_hand() {
  for (std::size_t i = 0; i < 10 && !accepted_.empty(); ++i)
    some_process()->gateway().find_message(accepted_[below(accepted_.size())],
                                           [this](const auto& found) {
                                             if (found) settle_recipients(*found);
                                           });
}

/// A person says that a message arrived only when it did; that it was not sent may be wrong.
void simulation::settle_recipients(const actors::message_info& message) {
  using persistence::settled_as;
  for (const auto& recipient : message.recipients) {
    if (recipient.outcome != actors::delivery_outcome::unknown) continue;
    const auto& row = recipient.transactions.back().transaction;
    const bool seen = !peers_->deliveries[reference_of(row)].copies.empty();
    const auto outcome = seen && !one_in(4) ? settled_as::arrived
                         : one_in(2)        ? settled_as::not_sent
                                            : settled_as::give_up;
    // The answer may come while a process is ended.
    const auto& process = some_process();
    if (!process) continue;
    process->gateway().settle({row.id, outcome, "somebody"}, [this](const auto& report) {
      counts_.settled += report.has_value();
    });
  }
}

void simulation::replace_user_list() {
  ++counts_.lists_replaced;
  std::vector<actors::user_provider_line> list;
  std::vector<std::string> names{"alpha", "beta", simulated_peers::kannel};
  std::shuffle(names.begin(), names.end(), random_);
  const auto count = 1 + below(3);
  for (std::size_t i = 0; i < count; ++i)
    list.push_back({names[i], static_cast<std::int32_t>(i + 1), !one_in(6), "", one_in(4)});
  some_process()->gateway().put_user_providers(static_cast<persistence::user_id>(1 + below(users)),
                                               std::move(list), [](const auto&) {});
}

/// Providers go, come back and change, whatever is under way. A process that starts later reads the
/// same file.
void simulation::reload() {
  settings_.providers.clear();
  for (auto one : providers_) {
    if (one_in(5)) continue;
    if (one_in(3)) one.max_in_flight = static_cast<std::int32_t>(1 + below(5));
    if (one_in(6)) one.priority = static_cast<std::int32_t>(1 + below(3));
    settings_.providers.push_back(std::move(one));
  }
  say(fmt::format("the configuration is read again, with {} providers",
                  settings_.providers.size()));
  read_again(*some_process());
}

void simulation::read_again(virtual_system& process) {
  const auto number = numbers_.at(&process);
  peers_->rules.on_reload(number);
  process.reload(settings_.providers, [this, number](const auto& done) {
    if (done) ++counts_.reloads;
    peers_->rules.on_reloaded(number);
  });
}

void simulation::reload_all() {
  settings_.providers = providers_;
  for (const auto& process : processes_)
    read_again(*process);
}

// ---- receipts -----------------------------------------------------------------------------------

void simulation::send_receipt(planned_receipt receipt) {
  ++counts_.receipts_sent;
  if (!receipt.event.empty()) {
    // Each process listens.
    for (const auto& process : processes_)
      process->engine().send_event(receipt.event);
    return;
  }
  actors::receipt_request request;
  request.provider = receipt.provider;
  request.token = receipt.token;
  request.method = "GET";
  request.target = "/receipts/" + receipt.provider + "/" + receipt.token + "?type=" + receipt.type;
  request.query = {{"type", receipt.type}, {"answer", "as the network says"}};
  some_process()->gateway().receive_receipt(
      std::move(request),
      [this, receipt = std::move(receipt)](const auto& answer) { on_receipt(receipt, answer); });
}

/// Kannel calls again when it was not answered with success.
void simulation::on_receipt(planned_receipt receipt,
                            const actors::result<actors::receipt_answer>& answer) {
  if (answer || ++receipt.tries == receipt_tries) return;
  receipts_.emplace(clock_.steady + 10s, std::move(receipt));
}

/// Tokens that nobody gave out, and tokens of transactions that never were.
void simulation::send_stray_receipt() {
  const bool forged = one_in(2);
  actors::receipt_request request;
  request.provider = simulated_peers::kannel;
  request.token =
      forged ? std::to_string(1 + below(300)) + ".AAAAAAAAAAAAAAAAAAAAAA"
             : actors::receipt_token(settings_.receipts.secret, request.provider, 1'000'000'000);
  request.method = "GET";
  request.query = {{"type", "1"}};
  some_process()->gateway().receive_receipt(std::move(request), [this, forged](const auto& answer) {
    ++counts_.receipts_refused;
    if (answer && (forged || answer->stored != 0))
      violation("a receipt that belongs to nothing was stored");
  });
}

}  // namespace postrider::tests
