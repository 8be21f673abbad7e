#include "actors/delivery/lane_returns.hpp"

#include "base/mutant.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace postrider::actors {

void lane_returns::give_back(std::vector<persistence::release> rows,
                             std::chrono::milliseconds due_in) {
  const auto limit = static_cast<std::size_t>(environment_.settings.limits.batch);
  for (std::size_t begin = 0; begin < rows.size(); begin += limit) {
    const auto count = std::min(limit, rows.size() - begin);
    write_request request;
    for (std::size_t i = 0; i < count; ++i)
      request.transitions.emplace_back(rows[begin + i]);
    self_->request(links_.writer, without_timer, std::move(request))
        .then(
            [this, count, due_in](const reply<write_results>& written) {
              if (written.error) return;
              free_room(static_cast<std::int32_t>(count));
              wake_in(due_in);
            },
            [](caf::error&) {});
  }
}

void lane_returns::release(persistence::transaction_id id, std::chrono::milliseconds pause,
                           std::function<void()> then) {
  write_request request;
  request.transitions.emplace_back(persistence::release{
      id, persistence::transaction_status::processing, environment_.wall_clock() + pause});
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, pause, then = std::move(then)](const reply<write_results>& written) {
            if (written.error) return;
            then();
            wake_in(pause);
          },
          [](caf::error&) {});
}

void lane_returns::free_room(std::int32_t count) {
  if (links_.provider->window->give_back(count) && !mutant(mutation::credit_wakes_nobody))
    wake_in(std::chrono::milliseconds(0));
}

void lane_returns::wake_in(std::chrono::milliseconds delay) {
  if (delay.count() == 0) self_->send(links_.dispatcher, wake_atom_v, links_.provider->record.id);
  else if (delay < environment_.polls.lanes)
    self_->delayed_send(links_.dispatcher, delay, wake_atom_v, links_.provider->record.id);
}

}  // namespace postrider::actors
