#include "actors/delivery/expiry_watch.hpp"

#include "actors/ledger/ledger_reader.hpp"
#include "base/log.hpp"

namespace postrider::actors {
namespace {

constexpr milliseconds expire_timeout{30'000};
/// Rows of one commit.
constexpr std::int32_t expire_limit = 500;

}  // namespace

void expiry_watch::look() {
  if (expiring_) return;
  context_.self->request(context_.links.reader, read_timeout, expiry_atom_v)
      .then(
          [this](const reply<std::optional<persistence::time_point>>& next) {
            if (next.error || !next.value || context_.draining) return;
            const auto left =
                std::chrono::ceil<milliseconds>(*next.value - context_.environment->wall_clock());
            if (left.count() <= 0) return expire();
            if (left < context_.environment->polls.lanes) context_.look_in(left);
          },
          [](caf::error&) {});
}

void expiry_watch::expire() {
  if (expiring_) return;
  expiring_ = true;
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::expire_waiting{expire_limit});
  context_.self->request(context_.links.writer, expire_timeout, std::move(request))
      .then([this](const reply<write_results>& written) { on_expired(written); },
            [this](caf::error&) { expiring_ = false; });
}

void expiry_watch::on_expired(const reply<write_results>& written) {
  expiring_ = false;
  if (written.error || context_.draining) return;
  const auto ended = written.value.front().count;
  expired_ += static_cast<std::uint64_t>(ended);
  if (ended == 0) return;
  log(log_level::warning, "dispatcher",
      std::to_string(ended) + (ended == 1 ? " transaction has" : " transactions have") +
          " failed for good: expired while waiting");
  context_.look_in(milliseconds(0));
}

}  // namespace postrider::actors
