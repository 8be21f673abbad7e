#pragma once

#include "actors/api/gateway.hpp"
#include "inbound/source_board.hpp"
#include "smtp/counters.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// The state of the server that a dialogue asks for. Each answers at once.
class dialogue_host {
 public:
  virtual ~dialogue_host() = default;
  virtual actors::result<actors::admission> admit(std::string_view key) = 0;
  virtual std::shared_ptr<const inbound::source_directory> sources() = 0;
  /// Why no new mail is taken; empty: it is.
  virtual std::string refuses_work() = 0;
  virtual void count(refusal why) = 0;
};

/// A client, as its connection shows it.
struct client_facts {
  /// "192.0.2.1", or "local".
  std::string address;
  /// It came by the local socket.
  bool local = false;
  /// It needs no key.
  bool trusted = false;
  /// No key is looked at, whatever it is: the server asks this machine for none.
  bool any_key = false;
  bool encrypted = false;
  bool can_start_tls = false;
  /// A key cannot be read by others on its way.
  bool private_way = false;
};

}  // namespace postrider::smtp
