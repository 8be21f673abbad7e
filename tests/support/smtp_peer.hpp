#pragma once

#include "tests/support/transfer_peer.hpp"

#include <openssl/ssl.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::tests {

/// Instead of a reply: the connection ends, is reset, or says nothing until the client ends it.
inline constexpr std::string_view drop = "(drop)";
inline constexpr std::string_view reset = "(reset)";
inline constexpr std::string_view silence = "(silence)";

/// Answers of an SMTP server, without the last line end; any of them may be one of the above.
struct smtp_behaviour {
  std::string greeting = "220 mx.test ESMTP";
  std::string ehlo = "250 mx.test";
  std::string helo = "250 mx.test";
  std::string starttls = "220 2.0.0 go ahead";
  std::string auth = "235 2.7.0 welcome";
  std::string mail = "250 2.1.0 ok";
  /// To all but the first of a connection; empty: as the first.
  std::string later_mail;
  std::string later_rcpt;
  std::string later_data;
  std::string rcpt = "250 2.1.5 ok";
  std::string data = "354 go on";
  std::string message = "250 2.0.0 Ok: queued as 4W7abc";
  std::string quit = "221 2.0.0 bye";
  /// The connection ends after so many bytes of a message; 0: never.
  std::size_t drop_after_bytes = 0;
  /// After so many messages it says 421 and ends the connection; 0: never.
  int messages_per_connection = 0;
  SSL_CTX* tls = nullptr;
  bool tls_first = false;
};

/// An SMTP server that does to each connection what its behaviour says, and remembers what came.
class smtp_peer {
 public:
  /// The n-th behaviour for the n-th connection, the last for all that follow.
  explicit smtp_peer(std::vector<smtp_behaviour> each);
  explicit smtp_peer(smtp_behaviour all = {}) : smtp_peer(std::vector{std::move(all)}) {}

  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(peer_.port()); }
  std::string smtps_url() const { return "smtps://127.0.0.1:" + std::to_string(peer_.port()); }
  int connections() const { return peer_.connections(); }
  bool wait_for_closed(int count) const { return peer_.wait_for_closed(count); }
  void stop_listening() { peer_.stop_listening(); }

  /// Every command so far; pieces of a login too.
  std::vector<std::string> heard() const;
  /// Whole messages, dots unstuffed.
  std::vector<std::string> messages() const;
  bool wait_until_heard(std::string_view command) const;
  bool wait_for_messages(std::size_t count) const;

 private:
  class conversation;
  void serve(transfer_peer::connection& client);
  bool wait_for(const std::function<bool()>& reached) const;

  std::vector<smtp_behaviour> behaviours_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::size_t served_ = 0;
  std::vector<std::string> heard_;
  std::vector<std::string> messages_;
  /// Last, for its threads use what is above.
  transfer_peer peer_;
};

}  // namespace postrider::tests
