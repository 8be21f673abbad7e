#include "actors/delivery/rerouting.hpp"

#include "actors/delivery/delivery_log.hpp"
#include "actors/ledger/ledger_reader.hpp"
#include "actors/rules/explanation.hpp"
#include "actors/rules/retry_policy.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

/// How many rows of another provider a window takes at one time: its own backlog gets its half.
std::int32_t allowance(const sender_window& window) {
  return window.backlog() ? (window.room() + 1) / 2 : window.room();
}

}  // namespace

void rerouting::interrupt(persistence::provider_id provider, bool begin_anew) {
  auto& interrupted = scans_[provider];
  scan next;
  next.number = interrupted.number + 1;
  if (!begin_anew) {
    next.priority_index = interrupted.priority_index;
    next.after = interrupted.after;
  }
  interrupted = std::move(next);
}

void rerouting::fail(persistence::provider_id provider) {
  interrupt(provider, true);
  dispatcher_.on_page_failed(provider);
}

bool rerouting::waits(persistence::provider_id provider) const {
  const auto found = scans_.find(provider);
  return found != scans_.end() && found->second.waits;
}

bool rerouting::waits_for(persistence::provider_id to) const {
  return std::ranges::any_of(scans_, [to](const auto& one) {
    return one.second.waits &&
           std::ranges::any_of(one.second.destinations, [to](const auto& found) {
             return found && found->best.provider == to;
           });
  });
}

void rerouting::read_page(persistence::provider_id provider) {
  const auto& page = scans_[provider];
  waiting_query query;
  query.lane = lane_of(provider, persistence::all_priorities[page.priority_index]);
  query.after = page.after;
  query.now = context_.environment->wall_clock();
  query.limit = context_.page_rows();
  context_.self->request(context_.links.reader, read_timeout, query)
      .then([this, provider, number = page.number](
                const reply<delivery_list>& read) { on_page(provider, number, read); },
            [this, provider, number = page.number](caf::error&) {
              on_page(provider, number, {persistence::ledger_error{}, {}});
            });
}

void rerouting::on_page(persistence::provider_id provider, std::uint64_t number,
                        const reply<delivery_list>& read) {
  auto& page = scans_[provider];
  if (page.number != number) return;
  if (read.error || context_.draining) return fail(provider);
  page.rows = read.value;
  page.destinations.assign(page.rows.size(), std::nullopt);
  page.unranked = page.rows.size();
  if (page.rows.empty()) return end_page(provider, lane_feed::page::empty);
  for (std::size_t i = 0; i < page.rows.size(); ++i) {
    const auto& row = page.rows[i].transaction;
    route_query query{page.rows[i].message, row.recipient_no, row.attempts};
    // Many of these do not go: the probe of a half-open provider is not theirs to take.
    query.only_asks = true;
    context_.self->request(context_.links.selector, without_timer, std::move(query))
        .then([this, provider, number,
               i](const route_reply& answer) { on_ranked(provider, number, i, answer); },
              [this, provider, number, i](caf::error&) {
                on_ranked(provider, number, i, {persistence::ledger_error{}, {}});
              });
  }
}

void rerouting::on_ranked(persistence::provider_id provider, std::uint64_t number,
                          std::size_t index, const route_reply& answer) {
  auto& page = scans_[provider];
  if (page.number != number) return;
  if (!answer.error && !answer.rankings.empty()) {
    const auto* best =
        place_now(page.rows[index].transaction, answer.rankings.front(), provider,
                  context_.environment->wall_clock(), context_.environment->settings.messaging);
    if (best)
      page.destinations[index] = destination{*best, encode_decision(answer.rankings.front())};
  }
  if (--page.unranked == 0) move_page(provider);
}

void rerouting::move_page(persistence::provider_id provider) {
  auto& page = scans_[provider];
  page.waits = false;
  write_request request;
  request.keep_trying = false;
  delivery_list moving;
  std::map<persistence::provider_id, std::int32_t> left;
  const auto directory = context_.links.directory->get();
  for (std::size_t i = 0; i < page.rows.size(); ++i) {
    auto& found = page.destinations[i];
    if (!found) continue;
    const auto to = found->best.provider;
    const auto takes = dispatcher_.takes(to);
    auto& window = directory->window(to);
    const bool probes = takes == circuit_state::half_open;
    auto& allowed =
        left.try_emplace(to, probes ? std::min(1, allowance(window)) : allowance(window))
            .first->second;
    // A half-open provider gets its probe, and more when that was accepted.
    if (takes == circuit_state::open || (probes && allowed <= 0)) {
      found.reset();
      continue;
    }
    if (allowed <= 0 || window.take(1) == 0) continue;
    --allowed;
    moving.push_back(move_to(*found, page.rows[i], request));
    found.reset();
  }
  if (moving.empty()) return end_page(provider, lane_feed::page::stuck);
  context_.self->request(context_.links.writer, without_timer, std::move(request))
      .then(
          [this, provider, number = page.number,
           moving](const reply<write_results>& written) mutable {
            on_moved(provider, number, moving, written);
          },
          [](caf::error&) {});
}

/// The row as it is when the move is committed.
persistence::delivery rerouting::move_to(const destination& found,
                                         const persistence::delivery& waiting,
                                         write_request& request) const {
  const auto& best = found.best;
  auto moved = waiting;
  auto& row = moved.transaction;
  request.transitions.emplace_back(persistence::reroute{
      row.id, row.provider, best.provider, best.address, best.fallback_on_undelivered, our_node,
      found.decision, persistence::count_attempts(row.attempts)});
  row.provider = best.provider;
  row.recipient = best.address;
  row.fallback_on_undelivered = best.fallback_on_undelivered;
  row.decision = found.decision;
  return moved;
}

void rerouting::on_moved(persistence::provider_id provider, std::uint64_t number,
                         delivery_list& moving, const reply<write_results>& written) {
  hand_over(moving, written);
  if (scans_[provider].number != number) return;
  if (written.error || context_.draining) return fail(provider);
  end_page(provider, lane_feed::page::moved);
}

void rerouting::hand_over(delivery_list& moving, const reply<write_results>& written) {
  const auto directory = context_.links.directory->get();
  std::map<persistence::provider_id, delivery_list> arriving;
  for (std::size_t i = 0; i < moving.size(); ++i) {
    const auto to = moving[i].transaction.provider;
    // Sent by another node meanwhile, or moved: the row is no longer ours to move.
    if (written.error || written.value[i].status != persistence::transition_status::applied) {
      if (directory->window(to).give_back(1)) context_.self->send(context_.self, wake_atom_v, to);
      continue;
    }
    ++moved_;
    if (logs(log_level::debug))
      log_delivery(log_level::debug, "dispatcher", *directory, moving[i],
                   "goes here, for the provider before takes nothing now");
    arriving[to].push_back(std::move(moving[i]));
  }
  const auto senders = context_.links.senders->get();
  for (auto& [to, list] : arriving)
    context_.self->send(senders->at(to), deliver_atom_v, std::move(list));
}

/// True when rows of the page have a destination without enough credit. Whoever returns a quarter
/// of that window wakes the dispatcher.
bool rerouting::wait_for_credit(persistence::provider_id provider) {
  auto& page = scans_[provider];
  page.waits =
      std::ranges::any_of(page.destinations, [](const auto& one) { return one.has_value(); });
  if (!page.waits) return false;
  const auto directory = context_.links.directory->get();
  bool enough = false;
  for (const auto& found : page.destinations) {
    if (!found) continue;
    const auto to = found->best.provider;
    enough |= directory->window(to).worth_a_claim(dispatcher_.wait_for_credit(to));
  }
  if (enough) move_page(provider);
  return true;
}

void rerouting::end_page(persistence::provider_id provider, lane_feed::page seen) {
  if (wait_for_credit(provider)) return;
  auto& page = scans_[provider];
  bool last = false;
  if (std::ssize(page.rows) == context_.page_rows()) {
    const auto& row = page.rows.back().transaction;
    page.after = {row.due_at, row.id};
  } else {
    page.after = {};
    last = ++page.priority_index == persistence::all_priorities.size();
  }
  page.rows.clear();
  page.destinations.clear();
  if (last) interrupt(provider, true);
  dispatcher_.on_page_done(provider, seen, last);
}

void rerouting::go_on(persistence::provider_id to) {
  if (context_.draining || !waits_for(to)) return;
  std::vector<persistence::provider_id> waiting;
  for (const auto& [provider, one] : scans_)
    if (one.waits) waiting.push_back(provider);
  for (const auto provider : waiting)
    move_page(provider);
}

}  // namespace postrider::actors
