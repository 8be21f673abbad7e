#include "actors/rules/endpoint_window.hpp"

#include "actors/rules/endpoint_schedule.hpp"

#include <algorithm>
#include <utility>

namespace postrider::actors {

using persistence::delivery_state;
using persistence::endpoint_delivery;

namespace {

const persistence::message_id no_message{};

constexpr auto forgotten_after = 3 * longest_pause;

std::chrono::seconds asked_by(const endpoint_answer& answer) {
  return std::min<std::chrono::seconds>(answer.retry_after.value_or(std::chrono::seconds(0)),
                                        longest_pause);
}

}  // namespace

endpoint_window::endpoint_window(persistence::endpoint record,
                                 std::vector<endpoint_delivery> waiting)
    : record_(std::move(record)), read_to_(record_.place) {
  for (auto& d : waiting) {
    if (d.message != no_message) ++blocked_[d.message];
    waiting_.emplace(d.id, std::move(d));
  }
}

bool endpoint_window::wants_events(time_point now) const {
  if (!disable_.empty()) return false;
  if (const auto& until = record_.health.paused_until) return now >= *until && idle();
  return std::ssize(slots_) < read_ahead / 2;
}

void endpoint_window::add(const persistence::event_cursor& from, std::vector<event_info> events,
                          persistence::event_cursor next) {
  if (from != read_to_) return;
  for (auto& e : events) {
    const bool sent = sent_ahead_.erase(e.found->place) > 0;
    const bool waits = std::ranges::any_of(
        waiting_, [&](const auto& w) { return w.second.place == e.found->place; });
    slots_.push_back({std::move(e), sent || waits ? slot_state::done : slot_state::waiting});
  }
  moved_ = true;
  read_to_ = std::move(next);
  drop_done();
}

void endpoint_window::begin_again() {
  read_to_ = {};
  drop_done();
  record_.health.last_error = "retention has removed events before they were delivered";
  changed_ = true;
}

std::optional<endpoint_window::start> endpoint_window::next(time_point now) {
  if (!disable_.empty()) return std::nullopt;
  const auto& until = record_.health.paused_until;
  if (until && now < *until) return std::nullopt;
  if (flights_.size() >= (until ? 1 : limit_)) return std::nullopt;
  auto found = next_waiting(now);
  return found ? found : next_slot(now);
}

/// The first delivery of each message that waits.
std::optional<endpoint_window::start> endpoint_window::next_waiting(time_point now) {
  std::set<persistence::message_id> seen;
  for (const auto& [id, d] : waiting_) {
    if (d.message != no_message && !seen.insert(d.message).second) continue;
    if (d.due_at > now || waiting_in_flight_.contains(id)) continue;
    waiting_in_flight_.insert(id);
    flights_.emplace(++tokens_, flight{0, id, d.place, d.type});
    return start{tokens_, d.place};
  }
  return std::nullopt;
}

std::optional<endpoint_window::start> endpoint_window::next_slot(time_point now) {
  for (auto& s : slots_)
    if (s.state == slot_state::waiting && is_blocked(s)) park(s, 0, now);
  drop_done();
  std::vector<std::size_t> startable;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!may_start(i)) continue;
    startable.push_back(i);
    // After a pause another one is tried each time.
    if (!paused() || std::ssize(startable) > record_.health.pauses + 1) break;
  }
  if (startable.empty()) return std::nullopt;
  const auto turn = paused() ? static_cast<std::size_t>(record_.health.pauses) : 0;
  const auto index = startable[turn % startable.size()];
  auto& s = slots_[index];
  s.state = slot_state::in_flight;
  const auto& e = *s.event.found;
  flights_.emplace(++tokens_, flight{first_ + index, 0, e.place, e.event.type});
  return start{tokens_, e.place, s.event.found, s.event.provider};
}

/// No event of the same message before it is still to be delivered.
bool endpoint_window::may_start(std::size_t index) const {
  const auto& s = slots_[index];
  if (s.state != slot_state::waiting || is_blocked(s)) return false;
  const auto& message = s.event.found->event.message;
  if (message == no_message) return true;
  return std::none_of(
      slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(index), [&](const slot& before) {
        return before.state != slot_state::done && before.event.found->event.message == message;
      });
}

bool endpoint_window::has_startable() const {
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (may_start(i)) return true;
  return false;
}

bool endpoint_window::is_blocked(const slot& s) const {
  return !blocked_.empty() && blocked_.contains(s.event.found->event.message);
}

bool endpoint_window::park(slot& s, std::int32_t attempts, time_point due) {
  if (waiting() >= persistence::max_waiting_deliveries) return false;
  endpoint_delivery d;
  d.place = s.event.found->place;
  d.type = s.event.found->event.type;
  d.message = s.event.found->event.message;
  d.attempts = attempts;
  d.due_at = due;
  d.last_error = s.error;
  if (d.message != no_message) ++blocked_[d.message];
  fresh_.push_back(std::move(d));
  s.state = slot_state::done;
  changed_ = true;
  return true;
}

void endpoint_window::on_answer(std::uint64_t token, endpoint_answer answer,
                                std::chrono::milliseconds took, time_point now) {
  const auto found = flights_.find(token);
  if (found == flights_.end()) return;
  const auto of = found->second;
  flights_.erase(found);
  changed_ = true;
  remember(of, answer, took, now);
  if (answer.what == endpoint_answer::kind::gone) disable_ = answer.error;
  if (of.delivery != 0) end_waiting(of.delivery, answer, now);
  if (answer.what == endpoint_answer::kind::delivered) on_success(of, now);
  else if (answer.what != endpoint_answer::kind::lost) on_failure(of, answer, now);
  // Some have failed, and no other one can tell whether everything fails.
  if (!paused() && flights_.empty() && has_failed() && !has_startable())
    pause(now, std::chrono::seconds(0));
  drop_done();
  clear_when_paused();
}

void endpoint_window::on_success(const flight& of, time_point now) {
  if (auto* s = of.delivery == 0 ? find_slot(of.slot) : nullptr) s->state = slot_state::done;
  auto& health = record_.health;
  health.last_success_at = now;
  health.failing_since.reset();
  health.paused_until.reset();
  health.pauses = 0;
  failures_ = 0;
  limit_ = std::min(limit_ + 1, max_in_flight);
  bool full = false;
  for (auto& s : slots_)
    if (s.state == slot_state::failed) full |= !park(s, 1, now + *wait_after_attempts(1));
  if (!full) return;
  health.last_error = std::to_string(persistence::max_waiting_deliveries) +
                      " of its deliveries wait for their next attempt; the others wait for them";
}

void endpoint_window::on_failure(const flight& of, const endpoint_answer& answer, time_point now) {
  auto& health = record_.health;
  // Nothing was tried for long: what failed before says nothing of this time.
  if (health.last_failure_at && now - *health.last_failure_at > forgotten_after)
    health.failing_since.reset();
  health.last_failure_at = now;
  health.last_error = answer.error;
  if (auto* s = of.delivery == 0 ? find_slot(of.slot) : nullptr) {
    s->state = slot_state::failed;
    s->error = answer.error;
    ++failures_;
    if (!health.failing_since) health.failing_since = now;
    if (now - *health.failing_since >= longest_failing && disable_.empty())
      disable_ = "everything failed for five days; the last time: " + answer.error;
  }
  // One that had begun before the pause says nothing new, but for the time that it asks for.
  const bool in_pause = paused() && now < *health.paused_until;
  if (in_pause) health.paused_until = std::max(*health.paused_until, now + asked_by(answer));
  else if (paused() || answer.retry_after || failures_ >= failures_to_pause)
    pause(now, asked_by(answer));
}

bool endpoint_window::has_failed() const {
  return std::ranges::any_of(slots_, [](const slot& s) { return s.state == slot_state::failed; });
}

void endpoint_window::end_waiting(std::int64_t id, const endpoint_answer& answer, time_point now) {
  waiting_in_flight_.erase(id);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  auto& d = found->second;
  ++d.attempts;
  const auto wait = wait_after_attempts(d.attempts);
  const bool again = answer.what == endpoint_answer::kind::failed && wait;
  if (answer.what == endpoint_answer::kind::delivered) d.state = delivery_state::delivered;
  else if (!again) d.state = delivery_state::undelivered;
  else d.due_at = now + std::max(*wait, asked_by(answer));
  if (answer.what != endpoint_answer::kind::delivered) d.last_error = answer.error;
  ended_.push_back(d);
  if (again) return;
  const auto blocked = blocked_.find(d.message);
  if (blocked != blocked_.end() && --blocked->second == 0) blocked_.erase(blocked);
  waiting_.erase(found);
}

void endpoint_window::pause(time_point now, std::chrono::seconds asked) {
  auto& health = record_.health;
  health.paused_until = now + std::max(pause_after(health.pauses), asked);
  ++health.pauses;
  failures_ = 0;
  limit_ = first_in_flight;
}

void endpoint_window::clear_when_paused() {
  if (!paused() || !flights_.empty()) return;
  for (const auto& s : slots_)
    if (s.state == slot_state::done) sent_ahead_.insert(s.event.found->place);
  if (!slots_.empty()) {
    if (last_done_) record_.place = cursor_behind(*last_done_);
    last_done_.reset();
    read_to_ = record_.place;
  }
  first_ += slots_.size();
  slots_.clear();
}

void endpoint_window::drop_done() {
  while (!slots_.empty() && slots_.front().state == slot_state::done) {
    last_done_ = slots_.front().event.found;
    slots_.pop_front();
    ++first_;
  }
  if (!slots_.empty()) return;
  record_.place = read_to_;
  last_done_.reset();
}

void endpoint_window::remember(const flight& of, const endpoint_answer& answer,
                               std::chrono::milliseconds took, time_point now) {
  auto& recent = record_.recent;
  recent.push_front({of.place, of.type, now, took, answer.error});
  if (recent.size() > persistence::max_recent_deliveries) recent.pop_back();
}

endpoint_window::slot* endpoint_window::find_slot(std::uint64_t number) {
  if (number < first_ || number - first_ >= slots_.size()) return nullptr;
  return &slots_[number - first_];
}

std::optional<persistence::time_point> endpoint_window::oldest() const {
  if (!slots_.empty()) return slots_.front().event.found->at;
  return std::nullopt;
}

persistence::note_progress endpoint_window::progress() {
  if (last_done_) {
    record_.place = cursor_behind(*last_done_);
    last_done_.reset();
  }
  saving_fresh_ = std::exchange(fresh_, {});
  saving_ended_ = std::exchange(ended_, {});
  changed_ = moved_ = false;
  return {record_.id,     record_.turn,  record_.place, record_.health,
          record_.recent, saving_fresh_, saving_ended_, disable_};
}

void endpoint_window::saved(const std::vector<std::int64_t>& ids) {
  for (std::size_t i = 0; i < saving_fresh_.size() && i < ids.size(); ++i) {
    saving_fresh_[i].id = ids[i];
    waiting_.insert_or_assign(ids[i], std::move(saving_fresh_[i]));
  }
  saving_fresh_.clear();
  saving_ended_.clear();
}

void endpoint_window::not_saved() {
  saving_fresh_.insert(saving_fresh_.end(), std::make_move_iterator(fresh_.begin()),
                       std::make_move_iterator(fresh_.end()));
  saving_ended_.insert(saving_ended_.end(), std::make_move_iterator(ended_.begin()),
                       std::make_move_iterator(ended_.end()));
  fresh_ = std::exchange(saving_fresh_, {});
  ended_ = std::exchange(saving_ended_, {});
  changed_ = true;
}

}  // namespace postrider::actors
