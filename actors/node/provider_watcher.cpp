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
    ledger_reader_actor reader) {
  environment_ = std::move(environment);
  directory_ = std::move(directory);
  senders_ = std::move(senders);
  reader_ = std::move(reader);
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
  if (!none_works(one->states, environment_->wall_clock())) {
    counted_.reset();
    return end(one);
  }
  if (counted_ && self_->clock().now() - counted_at_ < count_interval) return end(one);
  count_waiting(one);
}

void provider_watcher_state::count_waiting(const look_ptr& one) {
  std::vector<persistence::lane> lanes{persistence::retry_lane};
  const auto directory = directory_->get();
  for (const auto& [id, record] : directory->all) {
    if (is_test_provider(record.name)) continue;
    for (const auto priority : persistence::all_priorities)
      lanes.push_back(persistence::lane_of(id, priority));
  }
  self_->request(reader_, read_timeout, rows_atom_v, std::move(lanes))
      .then(
          [this, one](const reply<database_counts>& rows) {
            if (!rows.error) counted_ = sum_of(rows.value.lanes);
            counted_at_ = self_->clock().now();
            end(one);
          },
          [this, one](caf::error&) {
            counted_at_ = self_->clock().now();
            end(one);
          });
}

void provider_watcher_state::end(const look_ptr& one) {
  const auto now = environment_->wall_clock();
  for (const auto& [id, info] : one->states.all)
    if (const auto news = watches_[id].look(info, now)) log(news->level, "providers", news->text);
  one->states.waiting = counted_;
  environment_->providers->set(std::make_shared<provider_states>(std::move(one->states)));
  self_->delayed_send(self_, environment_->polls.provider_states, tick_atom_v);
}

provider_watcher_actor::behavior_type provider_watcher(
    provider_watcher_actor::stateful_pointer<provider_watcher_state> self,
    environment_ptr environment, directory_board directory, sender_board senders,
    ledger_reader_actor reader) {
  return self->state.make_behavior(std::move(environment), std::move(directory), std::move(senders),
                                   std::move(reader));
}

}  // namespace postrider::actors
