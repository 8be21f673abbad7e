#include "actors/node/provider_watcher.hpp"

#include "actors/ledger/ledger_reader.hpp"
#include "actors/providers/test_mode.hpp"
#include "base/log.hpp"

namespace postrider::actors {
namespace {

constexpr milliseconds answer_timeout{5'000};
/// Between two counts while no provider works.
constexpr milliseconds count_interval{5'000};

waiting_count sum_of(const std::vector<persistence::lane_count>& lanes) {
  waiting_count sum;
  for (const auto& lane : lanes) {
    sum.count += lane.due;
    sum.at_least |= lane.at_least;
  }
  return sum;
}

}  // namespace

provider_watcher_actor::behavior_type provider_watcher_state::make_behavior(
    environment_ptr environment, directory_board directory, sender_board senders,
    ledger_reader_actor reader, ledger_writer_actor writer) {
  environment_ = std::move(environment);
  directory_ = std::move(directory);
  senders_ = std::move(senders);
  reader_ = std::move(reader);
  writer_ = std::move(writer);
  self_->delayed_send(self_, environment_->polls.provider_states, tick_atom_v);
  return {[this](tick_atom) { on_tick(); }};
}

void provider_watcher_state::on_tick() {
  auto one = std::make_shared<look>();
  // This function's own part, so that the look does not end before all were asked.
  one->missing = 1;
  const auto senders = senders_->get();
  const auto directory = directory_->get();
  for (const auto& [id, sender] : *senders) {
    const auto known = directory->usable.find(id);
    if (known == directory->usable.end() || known->second->gone ||
        is_test_provider(known->second->record.name)) {
      watches_.erase(id);
      continue;
    }
    ++one->missing;
    self_->request(sender, answer_timeout, list_atom_v)
        .then(
            [this, one, id](provider_info& info) {
              one->states.all.emplace(id, std::move(info));
              answered(one);
            },
            [this, one](caf::error&) { answered(one); });
  }
  answered(one);
}

void provider_watcher_state::answered(const look_ptr& one) {
  if (--one->missing > 0) return;
  const bool none = none_works(one->states, environment_->wall_clock());
  if (!none) counted_.reset();
  end(one);
  const bool fresh = counted_ && self_->clock().now() - counted_at_ < count_interval;
  if (none && !fresh && !counting_) count_waiting();
}

/// Behind the look, which does not wait for the database.
void provider_watcher_state::count_waiting() {
  counting_ = true;
  std::vector<persistence::lane> lanes{persistence::retry_lane};
  const auto directory = directory_->get();
  for (const auto& [id, record] : directory->all) {
    if (is_test_provider(record.name)) continue;
    for (const auto priority : persistence::all_priorities)
      lanes.push_back(persistence::lane_of(id, priority));
  }
  self_->request(reader_, read_timeout, rows_atom_v, std::move(lanes))
      .then(
          [this](const reply<database_counts>& rows) {
            counting_ = false;
            if (!rows.error) on_counted(sum_of(rows.value.lanes));
          },
          [this](caf::error&) { counting_ = false; });
}

void provider_watcher_state::on_counted(waiting_count count) {
  auto last = *environment_->providers->get();
  if (!none_works(last, environment_->wall_clock())) return;
  counted_ = last.waiting = count;
  counted_at_ = self_->clock().now();
  environment_->providers->set(std::make_shared<provider_states>(std::move(last)));
}

void provider_watcher_state::end(const look_ptr& one) {
  const auto now = environment_->wall_clock();
  write_request told;
  for (const auto& [id, info] : one->states.all) {
    const auto news = watches_[id].look(info, now);
    if (!news) continue;
    if (!news->text.empty()) log(news->level, "providers", news->text);
    persistence::event event;
    event.type = news->event;
    event.provider = id;
    event.detail = news->reason;
    told.transitions.emplace_back(persistence::tell_event{std::move(event)});
  }
  if (!told.transitions.empty())
    self_->request(writer_, read_timeout, std::move(told))
        .then([](const reply<write_results>&) {}, [](caf::error&) {});
  one->states.waiting = counted_;
  environment_->providers->set(std::make_shared<provider_states>(std::move(one->states)));
  self_->delayed_send(self_, environment_->polls.provider_states, tick_atom_v);
}

provider_watcher_actor::behavior_type provider_watcher(
    provider_watcher_actor::stateful_pointer<provider_watcher_state> self,
    environment_ptr environment, directory_board directory, sender_board senders,
    ledger_reader_actor reader, ledger_writer_actor writer) {
  return self->state.make_behavior(std::move(environment), std::move(directory), std::move(senders),
                                   std::move(reader), std::move(writer));
}

}  // namespace postrider::actors
