#include "actors/delivery/patience_watch.hpp"

#include "actors/delivery/delivery_log.hpp"
#include "actors/ledger/ledger_reader.hpp"
#include "actors/rules/retry_policy.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>
#include <utility>

namespace postrider::actors {
namespace {

/// Pages of one look that may end nothing.
constexpr std::size_t fruitless_pages = 10;

bool all_take_nothing(std::span<const candidate> ranking) {
  const auto usable = [](const candidate& one) { return one.excluded == exclusion::none; };
  return std::ranges::any_of(ranking, usable) &&
         std::ranges::all_of(ranking, [&](const candidate& one) {
           return !usable(one) || (one.circuit_open && !one.probing);
         });
}

}  // namespace

void patience_watch::look() {
  if (context_.draining || context_.environment->settings.messaging.give_up_after.count() == 0)
    return;
  if (running_) {
    refused_again_ = true;
    return;
  }
  running_ = true;
  refused_again_ = false;
  fruitless_ = 0;
  lanes_ = hopeless_lanes_();
  const auto at = std::ranges::lower_bound(lanes_, stopped_in_);
  if (at == lanes_.end() || *at != stopped_in_) after_ = {};
  std::rotate(lanes_.begin(), at, lanes_.end());
  look_into_next_lane();
}

void patience_watch::look_into_next_lane() {
  const bool enough = fruitless_ >= fruitless_pages;
  if (context_.draining || lanes_.empty() || enough) {
    running_ = false;
    stopped_in_ = lanes_.empty() ? 0 : lanes_.front();
    if (std::exchange(refused_again_, false) && !enough) look();
    return;
  }
  waiting_query query;
  query.lane = lanes_.front();
  query.after = after_;
  query.now =
      context_.environment->wall_clock() - context_.environment->settings.messaging.give_up_after;
  query.limit = context_.page_rows();
  context_.self->request(context_.links.reader, read_timeout, query)
      .then([this, lane = query.lane](const reply<delivery_list>& read) { on_page(lane, read); },
            [this, lane = query.lane](caf::error&) {
              on_page(lane, {persistence::ledger_error{}, {}});
            });
}

void patience_watch::on_page(persistence::lane lane, const reply<delivery_list>& read) {
  const bool more = !read.error && std::ssize(read.value) == context_.page_rows();
  if (!more) {
    std::erase(lanes_, lane);
    after_ = {};
  } else {
    const auto& last = read.value.back().transaction;
    after_ = {last.due_at, last.id};
  }
  if (read.error || read.value.empty()) return look_into_next_lane();
  ++fruitless_;
  unranked_ = read.value.size();
  for (const auto& waiting : read.value) {
    route_query query{waiting.message, waiting.transaction.recipient_no,
                      waiting.transaction.attempts};
    query.only_asks = true;
    context_.self->request(context_.links.selector, without_timer, std::move(query))
        .then([this, waiting](const route_reply& answer) { on_ranked(waiting, answer); },
              [this, waiting](caf::error&) {
                on_ranked(waiting, {persistence::ledger_error{}, {}});
              });
  }
}

void patience_watch::on_ranked(const persistence::delivery& waiting, const route_reply& answer) {
  const auto& row = waiting.transaction;
  const auto& settings = context_.environment->settings.messaging;
  const bool hopeless = !answer.error && !answer.rankings.empty() &&
                        all_take_nothing(answer.rankings.front()) &&
                        out_of_patience(row, context_.environment->wall_clock(),
                                        patience_for(*waiting.message, settings));
  if (hopeless) {
    const auto last = row.attempts.empty() ? std::string_view("all its providers were down")
                                           : std::string_view(row.attempts.back().last.answer);
    ending_.transitions.emplace_back(persistence::give_up_waiting{
        row.id, row.provider, patience_ended(settings.give_up_after, last),
        persistence::count_attempts(row.attempts)});
    ended_.push_back(waiting);
  }
  if (--unranked_ == 0) end_rows();
}

void patience_watch::end_rows() {
  auto request = std::exchange(ending_, {});
  auto rows = std::exchange(ended_, {});
  if (request.transitions.empty()) return look_into_next_lane();
  fruitless_ = 0;
  request.keep_trying = false;
  context_.self->request(context_.links.writer, without_timer, std::move(request))
      .then([this, rows](const reply<write_results>& written) { on_ended(rows, written); },
            [this](caf::error&) { look_into_next_lane(); });
}

void patience_watch::on_ended(const delivery_list& rows, const reply<write_results>& written) {
  const auto directory = context_.links.directory->get();
  for (std::size_t i = 0; !written.error && i < rows.size(); ++i) {
    if (written.value[i].status != persistence::transition_status::applied) continue;
    ++ended_count_;
    log_delivery(log_level::warning, "dispatcher", *directory, rows[i],
                 persistence::chain_may_have_arrived(rows[i].transaction)
                     ? "has ended as outcome_unknown: an attempt may have arrived, and no "
                       "provider took it within give_up_after"
                     : "has failed for good: no provider took it within give_up_after");
  }
  look_into_next_lane();
}

}  // namespace postrider::actors
