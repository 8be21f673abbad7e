#pragma once

#include "actors/providers/transfer/transfer.hpp"

#include <memory>

namespace postrider::actors {

namespace wire {
class loop;
}

struct smtp_transfer_settings {
  /// A connection without a message is closed after this.
  std::chrono::seconds max_idle_age{20};
};

/// SMTP, for requests with transfer_request::mail, on a loop's thread: at most `max_connections`
/// for each group, made when they are needed. Groups share nothing, so one that hangs never delays
/// another. Where the server allows it the commands of a message go out together (RFC 2920). A
/// message that meets a kept connection which the server has given up goes to a new one; otherwise
/// nothing is tried twice. Destroying it ends what is in flight: those requests are answered as
/// their stage says.
std::unique_ptr<transfer_engine> make_smtp_transfer_engine(smtp_transfer_settings settings,
                                                           std::shared_ptr<wire::loop> on);
/// On a thread of its own.
std::unique_ptr<transfer_engine> make_smtp_transfer_engine(smtp_transfer_settings settings = {});

}  // namespace postrider::actors
