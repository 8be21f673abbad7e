#pragma once

#include "actors/providers/transfer/transfer.hpp"

#include <memory>

namespace postrider::actors {

struct smtp_transfer_settings {
  /// A connection without a message is closed after this, and its thread ends.
  std::chrono::seconds max_idle_age{20};
};

/// SMTP by libcurl, for requests with transfer_request::mail. libcurl waits for the reply to a
/// message within one call, so each connection has a thread: at most `max_connections` for each
/// group, started when they are needed. Groups share nothing, so one that hangs never delays
/// another. A message that meets a kept connection which the server has given up goes to a new one;
/// otherwise nothing is tried twice. Destroying it ends what is in flight: those requests are
/// answered as their stage says.
std::unique_ptr<transfer_engine> make_smtp_transfer_engine(smtp_transfer_settings settings = {});

}  // namespace postrider::actors
