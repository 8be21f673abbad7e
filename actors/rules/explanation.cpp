#include "actors/rules/explanation.hpp"

#include "actors/providers/test_mode.hpp"
#include "actors/rules/addresses.hpp"
#include "actors/rules/retry_policy.hpp"
#include "persistence/attempts.hpp"

#include <stdexcept>

namespace postrider::actors {
namespace {

/// Replaces the driver that was asked: it gives the stored address.
class recorded_driver final : public driver {
 public:
  explicit recorded_driver(std::optional<std::string> address) : address_(std::move(address)) {}
  std::optional<std::string> address_for(const persistence::recipient&) const override {
    return address_;
  }
  transfer_request compose(const delivery_content&) const override {
    throw std::logic_error("a recorded driver sends nothing");
  }
  outcome classify(const delivery_content&, const transfer_result&) const override {
    throw std::logic_error("a recorded driver sends nothing");
  }

 private:
  std::optional<std::string> address_;
};

/// The words for "of the type that is tried first" and for "of another type".
constexpr std::string_view first_type = "first", other_type = "other";

routed_provider routed(const candidate& one, const driver& recorded) {
  routed_provider provider;
  provider.id = one.provider;
  provider.type = one.preferred_type ? first_type : other_type;
  provider.priority = one.priority;
  provider.active = one.excluded != exclusion::provider_inactive;
  provider.circuit_open = one.circuit_open;
  provider.driver = one.excluded == exclusion::not_configured ? nullptr : &recorded;
  return provider;
}

std::string name_of(persistence::provider_id id, const providers_by_id& all) {
  const auto known = all.find(id);
  return known == all.end() ? "provider " + std::to_string(id) : known->second.name;
}

std::string reason_of(const candidate& one) {
  std::string reason;
  if (one.excluded != exclusion::none) {
    reason = to_string(one.excluded);
    if (!one.detail.empty()) reason += ": " + one.detail;
    return reason;
  }
  if (one.preferred_type) reason = "of the type that is tried first, ";
  reason += "priority " + std::to_string(one.priority);
  if (one.from_user_list) reason += " in the user's list";
  if (one.circuit_open) reason += "; its circuit is open, so it comes after the healthy ones";
  if (one.tries == 1) reason += "; tried once before";
  if (one.tries > 1) reason += "; tried " + std::to_string(one.tries) + " times before";
  return reason;
}

persistence::transaction draft(const send_request& request, const persistence::message& message,
                               const messaging_settings& settings) {
  persistence::transaction first;
  first.max_retries = request.max_retries.value_or(settings.max_retries);
  first.expires_at = request.expires_at;
  first.created_at = request.send_at.value_or(message.created_at);
  return first;
}

/// A row that has waited for rounds is planned as its chain began: its own attempts of the first
/// round cannot be told from those of later ones.
void begin_first_round(persistence::transaction& row) {
  row.attempts.clear();
  row.round = 0;
  row.round_due = {};
}

}  // namespace

std::vector<candidate> recorded_decision::rank_again(
    std::span<const persistence::attempt> attempts) const {
  persistence::message message;
  message.recipients.push_back({"recorded", "", ""});
  message.requested_type = first_type;
  std::vector<recorded_driver> drivers;
  std::vector<routed_provider> providers;
  std::vector<persistence::user_provider> list;
  content_refusals refused;
  drivers.reserve(ranking_.size());
  for (const auto& one : ranking_) {
    const bool reachable = one.excluded != exclusion::no_address;
    drivers.emplace_back(reachable ? std::optional(one.address) : std::nullopt);
    providers.push_back(routed(one, drivers.back()));
    if (one.excluded == exclusion::other_type) message.fallback = false;
    if (one.excluded == exclusion::content) refused.emplace(one.provider, one.detail);
    if (own_list_)
      list.push_back({one.provider, one.priority, one.excluded != exclusion::user_provider_inactive,
                      "", one.fallback_on_undelivered});
    else message.fallback_on_undelivered = one.fallback_on_undelivered;
  }
  return rank(
      {&message, 0, first_type, list, providers, attempts, refused.empty() ? nullptr : &refused});
}

std::vector<persistence::attempt> attempts_before(const persistence::transaction& row) {
  auto attempts = row.attempts;
  const bool ended = row.status == persistence::transaction_status::success ||
                     row.status == persistence::transaction_status::failed;
  if (!ended || attempts.empty() || attempts.back().provider != row.provider) return attempts;
  auto& own = attempts.back();
  if (own.count == 1) attempts.pop_back();
  else if (--own.count == 1) own.last = own.first;
  return attempts;
}

void plan_into(route_explanation& explained, persistence::transaction first, const ranker& rank,
               const messaging_settings& settings, milliseconds give_up_after,
               const providers_by_id& all) {
  milliseconds after{0};
  auto until = persistence::patience_begin(first) + give_up_after;
  if (first.expires_at) until = std::min(until, *first.expires_at);
  auto now = first.created_at;
  first.attempts = attempts_before(first);
  if (first.round > 0) begin_first_round(first);
  for (auto& current = first;;) {
    explained.plan.push_back({after, name_of(current.provider, all)});
    const persistence::attempt_result ended{persistence::error_code::unavailable, {}, {}, now, now};
    persistence::end_attempt(current, ended, now, now);
    const auto ranking = rank(current.attempts);
    failed_chain failure;
    failure.transaction = &current;
    failure.error = ended.error;
    failure.candidates = ranking;
    failure.now = now;
    failure.give_up_after = give_up_after;
    const auto decision = decide(failure, settings);
    if (const auto* waits = std::get_if<wait_again>(&decision)) {
      const auto round = std::max(waits->due, waits->round_due);
      if (round < until)
        explained.repeat = {after + std::chrono::ceil<milliseconds>(round - now),
                            std::max(settings.retry_delay, settings.retry_delay_max), until};
      return;
    }
    const auto* next = std::get_if<try_next>(&decision);
    if (!next) return;
    after += next->delay;
    now += next->delay;
    current.provider = next->next.provider;
    // decide() bounds the plan by the providers and by max_retries.
    ++current.retry_count;
    current.retries_used += next->uses_retry ? 1 : 0;
  }
}

std::vector<explained_candidate> explain(std::span<const candidate> ranking,
                                         const providers_by_id& all) {
  std::vector<explained_candidate> candidates;
  candidates.reserve(ranking.size());
  std::int32_t next_rank = 1;
  for (const auto& one : ranking) {
    explained_candidate shown;
    shown.provider = name_of(one.provider, all);
    if (const auto known = all.find(one.provider); known != all.end())
      shown.provider_type = known->second.type;
    if (one.excluded == exclusion::none) shown.rank = next_rank++;
    shown.address = one.address;
    shown.reason = reason_of(one);
    candidates.push_back(std::move(shown));
  }
  return candidates;
}

std::vector<route_explanation> explain_message(const routing_inputs& inputs,
                                               const send_request& request,
                                               const messaging_settings& settings,
                                               const providers_by_id& all) {
  const auto& message = *inputs.message;
  const auto refused = refusals_of(message, inputs.providers);
  std::vector<route_explanation> explained;
  explained.reserve(message.recipients.size());
  for (std::size_t no = 0; no < message.recipients.size(); ++no) {
    const ranker rank_after = [&](std::span<const persistence::attempt> attempts) {
      return rank({inputs.message, static_cast<std::int32_t>(no), inputs.default_type,
                   inputs.user_list, inputs.providers, attempts,
                   refused.empty() ? nullptr : &refused});
    };
    const auto ranking = rank_after({});
    auto& one = explained.emplace_back();
    one.recipient = first_address(message.recipients[no]);
    one.candidates = explain(ranking, all);
    const auto* best = first_usable(ranking);
    if (!best) continue;
    if (one.recipient.empty()) one.recipient = best->address;
    auto first = draft(request, message, settings);
    first.provider = best->provider;
    plan_into(one, std::move(first), rank_after, settings,
              message.test ? milliseconds(0) : settings.give_up_after, all);
  }
  return explained;
}

route_explanation explain_transaction(const persistence::transaction& made,
                                      const messaging_settings& settings,
                                      const providers_by_id& all) {
  route_explanation explained;
  explained.recipient = made.recipient;
  const auto decision = recorded_decision::of(made);
  if (!decision) {
    candidate own;
    own.provider = made.provider;
    own.address = made.recipient;
    explained.candidates = explain(std::span(&own, 1), all);
    explained.candidates.front().reason = "its decision was not stored";
    explained.plan.push_back({milliseconds(0), name_of(made.provider, all)});
    return explained;
  }
  explained.candidates = explain(decision->ranking(), all);
  explained.candidates_left_out = decision->left_out();
  plan_into(
      explained, made, [&](auto attempts) { return decision->rank_again(attempts); }, settings,
      is_test_provider(name_of(made.provider, all)) ? milliseconds(0) : settings.give_up_after,
      all);
  return explained;
}

}  // namespace postrider::actors
