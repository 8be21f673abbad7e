#pragma once

#include "actors/delivery/history_archiver.hpp"
#include "actors/protocol.hpp"
#include "actors/rules/alarm.hpp"

#include <algorithm>

namespace postrider::actors {

/// The actors that the dispatcher works with.
struct dispatcher_links {
  directory_board directory;
  sender_board senders;
  ledger_writer_actor writer;
  ledger_reader_actor reader;
  provider_selector_actor selector;
};

/// The dispatcher as its parts see it.
struct dispatch_context {
  dispatcher_actor::pointer self;
  environment_ptr environment;
  dispatcher_links links;
  /// The server stops: nothing more is read or claimed.
  bool draining = false;
  alarm look;

  steady_point now() const { return self->clock().now(); }
  /// Has the dispatcher look into all lanes then, or before. Looks closer than `shortest` are one.
  void look_in(milliseconds delay) {
    constexpr milliseconds shortest{10};
    const auto at = now() + std::clamp(delay, shortest, environment->polls.lanes);
    if (look.set(at)) self->delayed_send(self, at - now(), tick_atom_v);
  }
  /// Rows that are read and ranked together.
  std::int32_t page_rows() const {
    return std::min(std::int32_t{200}, environment->settings.limits.batch);
  }
};

}  // namespace postrider::actors
