#pragma once

#include "actors/providers/transfer/transfer.hpp"
#include "actors/providers/transfer/wire/connect_race.hpp"
#include "actors/providers/transfer/wire/name_resolver.hpp"
#include "actors/providers/transfer/wire/target_url.hpp"

namespace postrider::actors::wire {

/// From a host to a connected socket: the name, the rule for addresses, the connection. `stage`
/// always says which of these is in progress.
class dialer {
 public:
  dialer(name_resolver& resolver, const executor& on, transfer_stage& stage)
      : resolver_(resolver), executor_(on), stage_(stage) {}

  /// Nothing when there is no connection; then error() and error_text() say why. Only addresses
  /// that were checked are connected to: the name is not resolved again.
  awaitable<std::optional<tcp_socket>> dial(const target_url& host, bool public_addresses_only);
  /// Ends dial() soon, without a connection and without an error.
  void cancel();

  /// resolve, connect or address_refused.
  transfer_error error() const { return error_; }
  const std::string& error_text() const { return error_text_; }

 private:
  void fail(transfer_error error, std::string text);

  name_resolver& resolver_;
  executor executor_;
  transfer_stage& stage_;
  std::shared_ptr<host_question> question_;
  std::shared_ptr<connect_race> race_;
  bool cancelled_ = false;
  transfer_error error_ = transfer_error::none;
  std::string error_text_;
};

}  // namespace postrider::actors::wire
