#pragma once

#include "inbound/served_connection.hpp"
#include "smtp/dialogue.hpp"
#include "smtp/front.hpp"
#include "smtp/mail_delivery.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::smtp {

using inbound::awaitable;

/// One connection: gives a dialogue the bytes that come, and does what it asks for. Everything but
/// the functions marked so runs on the connection's strand.
class session final : public inbound::served_connection {
 public:
  /// `tls_first`: the connection begins with TLS.
  session(front& shared, inbound::socket peer, client_facts client, bool tls_first);

  /// Runs until the connection ends; then it is no longer among the front's connections.
  void start();

  // From any thread.
  void end_if_idle() override;

 private:
  enum class phase : std::uint8_t { handshake, reading, storing, writing, ending };

  std::shared_ptr<session> self() { return std::static_pointer_cast<session>(shared_from_this()); }
  awaitable<void> run();
  /// These are false when the connection has to end.
  awaitable<bool> shake_hands();
  awaitable<bool> serve();
  awaitable<bool> receive();
  awaitable<bool> obey(dialogue::next what);
  awaitable<bool> start_tls();
  awaitable<bool> store();
  awaitable<bool> hold_back();
  awaitable<bool> write();
  /// Waits until the client has read the last reply: bytes that nobody reads would make the kernel
  /// reset the connection and take the reply with it.
  awaitable<void> linger();
  /// The end of a call, which comes on any thread, perhaps when the session is gone.
  using call_end = std::optional<actors::result<std::vector<inbound::sent_message>>>;
  std::function<void(std::uint64_t)> sender_of(mail_delivery& mail, std::shared_ptr<call_end> end);
  awaitable<reply> deliver(mail_delivery& mail);

  void time_is_up() override;
  void enter(phase next, std::chrono::milliseconds at_most);
  void expect_line();
  std::chrono::milliseconds time_to_read();
  /// The server stops; a mail that has begun is still received.
  bool ends_now() const { return stopping_ && !dialogue_.in_transaction(); }

  front& front_;
  const bool tls_first_;
  dialogue dialogue_;
  phase phase_ = phase::reading;
  bool stopping_ = false;
  /// The end of the time for the next line, whole, and for the mail that is being received.
  clock::time_point line_until_ = clock::time_point::max(), mail_until_ = line_until_;
  std::array<char, 16 * 1024> block_;
  std::string input_, output_;
};

}  // namespace postrider::smtp
