#include "actors/delivery/retry_scheduler.hpp"
#include "actors/ledger/ledger_reader.hpp"
#include "actors/rules/message_log.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>

/// The scheduler's part that ends what no provider takes. A chain's own attempt ends it in
/// retry_policy. A row that waits for a provider which is down is ended here: after its patience,
/// at the moment at which a refused attempt has shown that all its usable providers take nothing.
/// Rows that are due since before that time stand at the front of their lane's index.
namespace postrider::actors {
namespace {

/// Rows that are looked at together, and pages of one look that ended nothing.
constexpr std::int32_t page_limit = 200;
constexpr std::size_t fruitless_pages = 10;

bool all_take_nothing(std::span<const candidate> ranking) {
  const auto usable = [](const candidate& one) { return one.excluded == exclusion::none; };
  return std::ranges::any_of(ranking, usable) &&
         std::ranges::all_of(ranking, [&](const candidate& one) {
           return !usable(one) || (one.circuit_open && !one.probing);
         });
}

}  // namespace

/// The lanes in which something may wait for nobody: of providers that take nothing, and of those
/// that are not in the configuration any more.
std::vector<persistence::lane> retry_scheduler_state::hopeless_lanes() const {
  std::vector<persistence::lane> lanes;
  const auto directory = links_.directory->get();
  for (const auto& [id, state] : health_)
    if (state == circuit_state::open && directory->usable.contains(id))
      for (const auto priority : persistence::all_priorities)
        lanes.push_back(lane_of(id, priority));
  for (const auto& state : last_lanes_)
    if (state.lane != persistence::retry_lane &&
        !directory->usable.contains(persistence::provider_of(state.lane)))
      lanes.push_back(state.lane);
  std::ranges::sort(lanes);
  return lanes;
}

/// A look that is under way is followed by another one. It goes on where the last one stopped: rows
/// that do not end must not hide those behind them.
void retry_scheduler_state::look_past_patience() {
  if (draining_ || environment_->settings.messaging.give_up_after.count() == 0) return;
  if (impatience_.running) {
    impatience_.again = true;
    return;
  }
  const auto from = std::exchange(impatience_, {});
  impatience_.running = true;
  impatience_.lanes = hopeless_lanes();
  const auto at = std::ranges::lower_bound(impatience_.lanes, from.stopped_in);
  if (at != impatience_.lanes.end() && *at == from.stopped_in) impatience_.after = from.after;
  std::rotate(impatience_.lanes.begin(), at, impatience_.lanes.end());
  look_into_next_lane();
}

void retry_scheduler_state::look_into_next_lane() {
  const bool enough = impatience_.fruitless >= fruitless_pages;
  if (draining_ || impatience_.lanes.empty() || enough) {
    impatience_.running = false;
    impatience_.stopped_in = impatience_.lanes.empty() ? 0 : impatience_.lanes.front();
    if (std::exchange(impatience_.again, false) && !enough) look_past_patience();
    return;
  }
  waiting_query query;
  query.lane = impatience_.lanes.front();
  query.after = impatience_.after;
  query.now = environment_->wall_clock() - environment_->settings.messaging.give_up_after;
  query.limit = std::min(page_limit, environment_->settings.limits.batch);
  self_->request(links_.reader, read_timeout, query)
      .then(
          [this, lane = query.lane](const reply<delivery_list>& read) { on_impatient(lane, read); },
          [this, lane = query.lane](caf::error&) {
            on_impatient(lane, {persistence::ledger_error{}, {}});
          });
}

void retry_scheduler_state::on_impatient(persistence::lane lane, const reply<delivery_list>& read) {
  const auto limit = std::min(page_limit, environment_->settings.limits.batch);
  impatience_.more = !read.error && std::ssize(read.value) == limit;
  if (!impatience_.more) {
    std::erase(impatience_.lanes, lane);
    impatience_.after = {};
  } else {
    const auto& last = read.value.back().transaction;
    impatience_.after = {last.due_at, last.id};
  }
  if (read.error || read.value.empty()) return look_into_next_lane();
  ++impatience_.fruitless;
  impatience_.unranked = read.value.size();
  for (const auto& waiting : read.value) {
    route_query query{waiting.message, waiting.transaction.recipient_no,
                      waiting.transaction.attempts};
    query.only_asks = true;
    self_->request(links_.selector, without_timer, std::move(query))
        .then([this, waiting](const route_reply& answer) { on_hopeless(waiting, answer); },
              [this, waiting](caf::error&) {
                on_hopeless(waiting, {persistence::ledger_error{}, {}});
              });
  }
}

void retry_scheduler_state::on_hopeless(const persistence::delivery& waiting,
                                        const route_reply& answer) {
  const auto& row = waiting.transaction;
  const bool hopeless = !answer.error && !answer.rankings.empty() &&
                        all_take_nothing(answer.rankings.front()) &&
                        out_of_patience(row, environment_->wall_clock(), patience_for(waiting));
  if (hopeless) {
    const auto last = row.attempts.empty() ? std::string_view("all its providers were down")
                                           : std::string_view(row.attempts.back().last.answer);
    impatience_.ending.transitions.emplace_back(persistence::give_up_waiting{
        row.id, row.provider, patience_ended(environment_->settings.messaging.give_up_after, last),
        persistence::count_attempts(row.attempts)});
    impatience_.ended.push_back(waiting);
  }
  if (--impatience_.unranked == 0) end_hopeless();
}

void retry_scheduler_state::end_hopeless() {
  auto request = std::exchange(impatience_.ending, {});
  auto ended = std::exchange(impatience_.ended, {});
  if (request.transitions.empty()) return look_into_next_lane();
  impatience_.fruitless = 0;
  request.keep_trying = false;
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, ended](const reply<write_results>& written) {
            for (std::size_t i = 0; !written.error && i < ended.size(); ++i) {
              if (written.value[i].status != persistence::transition_status::applied) continue;
              ++out_of_patience_;
              note(log_level::warning, ended[i],
                   persistence::chain_may_have_arrived(ended[i].transaction)
                       ? "has ended as outcome_unknown: an attempt may have arrived, and no "
                         "provider took it within give_up_after"
                       : "has failed for good: no provider took it within give_up_after");
            }
            look_into_next_lane();
          },
          [this](caf::error&) { look_into_next_lane(); });
}

}  // namespace postrider::actors
