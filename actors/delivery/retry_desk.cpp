#include "actors/delivery/retry_desk.hpp"

#include "actors/ledger/ledger_reader.hpp"
#include "actors/rules/explanation.hpp"
#include "actors/rules/provider_names.hpp"
#include "actors/rules/provider_states.hpp"
#include "actors/rules/retry_policy.hpp"
#include "actors/rules/waiting.hpp"
#include "base/time_text.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

constexpr std::size_t max_jobs_waiting = 16;
/// Rows of one step, with their messages in memory.
constexpr std::int32_t step_rows = 100;
/// Transactions that one answer tells of.
constexpr std::int64_t max_selected = 1'000;
/// A walk that finds little gives the next caller a turn.
constexpr std::int32_t max_steps = 100;

service_error wrong(std::string pointer, std::string code, std::string detail) {
  return {service_errc::invalid, "the filters cannot be", {{pointer, code, detail}}, {}};
}

}  // namespace

retry_desk_actor::behavior_type retry_desk_state::make_behavior(environment_ptr environment,
                                                                desk_links links) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  return {
      [this](const retry_job_ptr& job) { on_job(job); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

void retry_desk_state::on_job(const retry_job_ptr& job) {
  if (waiting_.size() >= max_jobs_waiting) {
    ++refused_;
    return job->finish(service_error{service_errc::overloaded,
                                     "too many wait for retries by hand; nothing was retried",
                                     {},
                                     std::chrono::seconds(1)});
  }
  waiting_.push_back(job);
  if (!now_) serve_next();
}

result<retry_desk_state::service> retry_desk_state::service_for(const retry_job_ptr& job) const {
  const auto& request = job->request;
  service s;
  s.job = job;
  s.wanted.ids = request.ids;
  std::ranges::sort(s.wanted.ids);
  const auto again = std::ranges::unique(s.wanted.ids);
  s.wanted.ids.erase(again.begin(), again.end());
  s.wanted.message = request.message;
  s.wanted.user = request.user;
  s.wanted.error = request.error;
  s.wanted.created_after = request.created_after;
  s.wanted.created_before = request.created_before;
  s.wanted.include_final = request.include_final;
  s.wanted.only_due_later = request.only_moves;
  if (!request.provider.empty()) {
    const auto directory = links_.directory->get();
    for (const auto& [id, known] : directory->all)
      if (known.name == request.provider) s.wanted.provider = id;
    if (!s.wanted.provider)
      return wrong("/provider", "unknown_provider",
                   no_such_provider(request.provider, directory->all));
  }
  if (!request.cursor.empty()) {
    const auto cursor = persistence::parse_retry_cursor(request.cursor);
    const auto parts = parts_of(s.wanted);
    if (!cursor || s.wanted.names_rows() ||
        (!persistence::is_lane_part(cursor->part) &&
         std::ranges::find(parts, cursor->part) == parts.end()))
      return wrong("/cursor", "bad_cursor", "it is not of an answer to the same filters");
    s.at = *cursor;
  } else {
    s.at.until = environment_->wall_clock().time_since_epoch().count();
  }
  for (const auto& [id, provider] : links_.directory->get()->usable)
    if (provider->window->down()) s.wanted.down.push_back(id);
  if (!s.wanted.names_rows()) {
    const persistence::time_point began{std::chrono::microseconds(s.at.until)};
    s.wanted.created_before = std::min(s.wanted.created_before.value_or(began), began);
  }
  return s;
}

void retry_desk_state::serve_next() {
  now_.reset();
  while (!waiting_.empty() && !now_) {
    const auto job = std::move(waiting_.front());
    waiting_.pop_front();
    auto made = service_for(job);
    if (made) now_ = std::move(*made);
    else job->finish(made.error());
  }
  if (now_) read_step();
}

void retry_desk_state::read_step() {
  auto asked = now_->wanted;
  if (!asked.ids.empty()) {
    const auto& all = now_->wanted.ids;
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(now_->ids_done);
    const auto count = std::min<std::ptrdiff_t>(step_rows, all.end() - first);
    asked.ids.assign(first, first + count);
    now_->ids_done += static_cast<std::size_t>(count);
  }
  self_->request(links_.reader, read_timeout, failures_atom_v, asked, now_->at, step_rows)
      .then(
          [this, asked](reply<persistence::retry_page>& answer) {
            if (answer.error) return fail();
            on_page(asked, answer.value);
          },
          [this](caf::error&) { fail(); });
}

void retry_desk_state::skip_one(transaction_id id, std::string reason) {
  now_->report.skipped.push_back({id, std::move(reason)});
}

void retry_desk_state::on_page(const persistence::retry_selection& asked,
                               persistence::retry_page& page) {
  auto one = std::make_shared<step>();
  one->next = page.next;
  // This function's own part, so that nothing is stored before all were asked for.
  one->unrouted = 1;
  states_ = environment_->providers->get();
  std::set<transaction_id> found;
  for (const auto& delivery : page.rows) {
    const auto& row = delivery.transaction;
    const bool outdated = std::ranges::find(page.outdated, row.id) != page.outdated.end();
    // A row that moves to history meanwhile is found in both tables.
    if (!found.insert(row.id).second || !is_selected(asked, row, outdated)) continue;
    ++now_->report.selected;
    on_row(one, delivery, outdated);
  }
  for (const auto id : asked.ids) {
    if (!found.insert(id).second) continue;
    ++now_->report.selected;
    skip_one(id, "there is no such transaction");
  }
  if (--one->unrouted == 0) store(one);
}

void retry_desk_state::on_row(const step_ptr& one, const persistence::delivery& delivery,
                              bool outdated) {
  const auto& row = delivery.transaction;
  const auto& request = now_->job->request;
  auto verdict = judge(now_->wanted, row, outdated, environment_->wall_clock());
  if (auto* skipped = std::get_if<skip>(&verdict))
    return skip_one(row.id, std::move(skipped->reason));
  if (std::holds_alternative<begin_again>(verdict)) {
    if (delivery.message->body_removed_at)
      return skip_one(row.id, "its text was deleted: it ended longer than history.keep_bodies ago");
    return route(one, delivery, {}, [this, one, last = row](const route_reply& answer) {
      on_routed(one, last, answer);
    });
  }
  const auto* named = std::get_if<wait_for_named>(&verdict);
  if (request.lift_named_times)
    return add(one, persistence::hasten_retry{row.id, now_->wanted.provider.value_or(0)}, row.id);
  if (request.only_moves && !named) return skip_one(row.id, "its provider named no time");
  if (!named) return hasten(one, delivery);
  if (!now_->wanted.names_rows() && !request.only_moves)
    return skip_one(row.id, name_of(row.provider) + " asked to wait until " +
                                to_rfc3339(named->until) +
                                ": name it in ids to send it through another provider");
  move_on(one, delivery, named->until);
}

/// While some provider takes nothing, the answer says what waits for it although it is due.
void retry_desk_state::hasten(const step_ptr& one, const persistence::delivery& waiting) {
  const auto& row = waiting.transaction;
  const bool failed = row.status == persistence::transaction_status::failed;
  const bool any_down = failed ? !now_->wanted.down.empty() : takes_nothing(row.provider);
  if (!any_down) return add(one, persistence::hasten_retry{row.id}, row.id);
  const auto patience = patience_for(*waiting.message, environment_->settings.messaging);
  route(one, waiting, row.attempts, [this, one, row, failed, patience](const route_reply& answer) {
    if (answer.error || answer.rankings.empty())
      return add(one, persistence::hasten_retry{row.id}, row.id);
    const auto& ranking = answer.rankings.front();
    const auto now = environment_->wall_clock();
    const auto& settings = environment_->settings.messaging;
    const auto next = failed ? retried_at(row, ranking, now, patience, settings) : row.provider;
    const bool goes =
        failed ? !takes_nothing(next) : other_place(row, ranking, now, settings) != nullptr;
    add(one, persistence::hasten_retry{row.id}, row.id, goes ? 0 : next);
  });
}

/// The row goes to another provider and is due there at once.
void retry_desk_state::move_on(const step_ptr& one, const persistence::delivery& waiting,
                               persistence::time_point named) {
  const auto& row = waiting.transaction;
  route(one, waiting, row.attempts, [this, one, row, named](const route_reply& answer) {
    if (answer.error) return skip_one(row.id, "the user's list cannot be read now");
    const auto& ranking = answer.rankings;
    const auto* best = ranking.empty()
                           ? nullptr
                           : other_place(row, ranking.front(), environment_->wall_clock(),
                                         environment_->settings.messaging);
    if (best == nullptr) return on_no_place(row, named);
    add(one,
        persistence::reroute{row.id, row.provider, best->provider, best->address,
                             best->fallback_on_undelivered, 0, encode_decision(ranking.front()),
                             persistence::count_attempts(row.attempts)},
        row.id);
    // In the ledger's order of transitions it comes after the move.
    add(one, persistence::hasten_retry{row.id}, 0);
    one->providers.insert(best->provider);
  });
}

void retry_desk_state::on_no_place(const persistence::transaction& row,
                                   persistence::time_point named) {
  const auto* info = seen(row.provider);
  const std::string then = info && info->challenge
                               ? "; answer its captcha, or cancel and send again"
                               : ", and no other provider can take it now";
  skip_one(row.id, name_of(row.provider) + " asked to wait until " + to_rfc3339(named) + then);
}

void retry_desk_state::route(const step_ptr& one, const persistence::delivery& waiting,
                             std::vector<persistence::attempt> attempts, const routed& then) {
  ++one->unrouted;
  const auto done = [this, one, then](const route_reply& answer) {
    then(answer);
    if (--one->unrouted == 0) store(one);
  };
  self_
      ->request(
          links_.selector, without_timer,
          route_query{waiting.message, waiting.transaction.recipient_no, std::move(attempts), true})
      .then(done, [done](caf::error&) {
        done({persistence::ledger_error{}, {}});
      });
}

void retry_desk_state::add(const step_ptr& one, persistence::transition what, transaction_id id,
                           persistence::provider_id waits) {
  one->transitions.push_back(std::move(what));
  one->ids.push_back(id);
  one->waits.push_back(waits);
}

const provider_info* retry_desk_state::seen(persistence::provider_id provider) const {
  if (!states_) return nullptr;
  const auto found = states_->all.find(provider);
  return found == states_->all.end() ? nullptr : &found->second;
}

/// The last look is up to a second old; the window knows a circuit that opened since.
bool retry_desk_state::takes_nothing(persistence::provider_id provider) const {
  const auto* info = seen(provider);
  const bool paused = info && info->paused_until > environment_->wall_clock();
  return paused || state_of(*links_.directory->get(), provider) != provider_state::working;
}

std::string retry_desk_state::name_of(persistence::provider_id provider) const {
  const auto directory = links_.directory->get();
  const auto known = directory->all.find(provider);
  // Another node may have added it a moment ago.
  return known == directory->all.end() ? "provider " + std::to_string(provider)
                                       : known->second.name;
}

void retry_desk_state::count(const step_ptr& one, std::size_t index) {
  const auto provider = one->waits[index];
  if (provider == 0) return;
  auto& waiting = now_->report.waiting;
  const auto called = name_of(provider);
  auto at = std::ranges::find(waiting, called, &retry_report::waiting_at::provider);
  if (at == waiting.end()) {
    at = waiting.insert(at, {called, 0, std::nullopt});
    const auto now = environment_->wall_clock();
    if (const auto* info = seen(provider))
      for (const auto& until : {info->circuit.open_until, info->paused_until})
        if (until > now) at->until = std::max(at->until.value_or(*until), *until);
  }
  ++at->count;
}

void retry_desk_state::on_routed(const step_ptr& one, const persistence::transaction& last,
                                 const route_reply& answer) {
  if (answer.error || answer.rankings.empty())
    return skip_one(last.id, "the user's list cannot be read now");
  const auto* best = first_usable(answer.rankings.front());
  if (best == nullptr) return skip_one(last.id, "no provider can take it");
  auto first = first_after(last, *best, environment_->wall_clock());
  first.decision = encode_decision(answer.rankings.front());
  const auto waits = takes_nothing(best->provider) ? best->provider : 0;
  add(one, persistence::start_chain{last.id, std::move(first), is_named(now_->wanted, last.id)},
      last.id, waits);
  one->providers.insert(best->provider);
}

void retry_desk_state::store(const step_ptr& one) {
  if (now_->job->request.dry_run)
    for (std::size_t i = 0; i < one->ids.size(); ++i)
      count(one, i);
  if (one->transitions.empty() || now_->job->request.dry_run) return go_on(one);
  write_request request;
  request.keep_trying = false;
  request.transitions = std::move(one->transitions);
  self_->request(links_.writer, without_timer, std::move(request))
      .then([this, one](const reply<write_results>& written) { on_stored(one, written); },
            [this](caf::error&) { fail(); });
}

void retry_desk_state::on_stored(const step_ptr& one, const reply<write_results>& written) {
  if (written.error) return fail();
  for (std::size_t i = 0; i < one->ids.size(); ++i) {
    if (one->ids[i] == 0) continue;
    const auto& result = written.value[i];
    if (result.status == persistence::transition_status::applied) {
      ++now_->report.retried;
      count(one, i);
      ++retried_;
    } else {
      skip_one(one->ids[i], result.reason.empty() ? "it changed meanwhile" : result.reason);
    }
  }
  for (const auto provider : one->providers)
    self_->send(links_.dispatcher, wake_atom_v, provider);
  // Rows of any lane may be due now.
  self_->send(links_.dispatcher, wake_atom_v);
  self_->send(links_.scheduler, wake_atom_v);
  go_on(one);
}

void retry_desk_state::go_on(const step_ptr& one) {
  ++now_->steps;
  const bool more_ids = now_->ids_done < now_->wanted.ids.size();
  if (one->next) {
    one->next->until = now_->at.until;
    now_->at = *one->next;
  }
  const bool full = now_->report.selected + step_rows > max_selected || now_->steps >= max_steps;
  if (more_ids || (one->next && !full)) return read_step();
  if (one->next) now_->report.next_cursor = to_string(*one->next);
  ++served_;
  now_->job->finish(std::move(now_->report));
  serve_next();
}

void retry_desk_state::fail() {
  auto detail = std::string("the database cannot be used now");
  if (now_->report.retried > 0)
    detail += "; " + std::to_string(now_->report.retried) + " transactions are tried again already";
  now_->job->finish(
      service_error{service_errc::unavailable, std::move(detail), {}, std::chrono::seconds(2)});
  serve_next();
}

caf::result<inspection> retry_desk_state::on_inspect() const {
  return inspection{{{"waiting", waiting_.size()},
                     {"serving", now_.has_value()},
                     {"served", served_},
                     {"refused", refused_},
                     {"retried", retried_}}};
}

retry_desk_actor::behavior_type retry_desk(
    retry_desk_actor::stateful_pointer<retry_desk_state> self, environment_ptr environment,
    desk_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
