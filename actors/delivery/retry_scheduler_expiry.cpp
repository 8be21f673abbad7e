#include "actors/delivery/retry_scheduler.hpp"
#include "actors/ledger/ledger_reader.hpp"

/// The scheduler's third part: what nobody sent in time comes to its end, wherever it waits. That a
/// provider works, or that anybody looks after its lane, is not needed for it.
namespace postrider::actors {
namespace {

constexpr milliseconds expire_timeout{30'000};
/// Rows of one commit.
constexpr std::int32_t expire_limit = 500;

}  // namespace

void retry_scheduler_state::look_for_expired() {
  if (expiring_) return;
  self_->request(links_.reader, read_timeout, expiry_atom_v)
      .then(
          [this](const reply<std::optional<persistence::time_point>>& next) {
            if (next.error || !next.value || draining_) return;
            const auto left = *next.value - environment_->wall_clock();
            if (left.count() <= 0) return expire();
            tick_in(std::chrono::ceil<milliseconds>(left));
          },
          [](caf::error&) {});
}

void retry_scheduler_state::expire() {
  if (expiring_) return;
  expiring_ = true;
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::expire_waiting{expire_limit});
  self_->request(links_.writer, expire_timeout, std::move(request))
      .then([this](const reply<write_results>& written) { on_expired(written); },
            [this](caf::error&) { expiring_ = false; });
}

void retry_scheduler_state::on_expired(const reply<write_results>& written) {
  expiring_ = false;
  if (written.error || draining_) return;
  const auto ended = written.value.front().count;
  expired_ += static_cast<std::uint64_t>(ended);
  if (ended == 0) return;
  log(log_level::warning, name,
      std::to_string(ended) + (ended == 1 ? " transaction has" : " transactions have") +
          " failed for good: expired while waiting");
  tick_in(milliseconds(0));
}

}  // namespace postrider::actors
