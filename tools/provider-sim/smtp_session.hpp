#pragma once

#include "tools/provider-sim/connection.hpp"
#include "tools/provider-sim/provider_book.hpp"
#include "tools/provider-sim/smtp_dialogue.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

struct smtp_settings {
  std::string login;                               // user:password; empty takes anyone
  std::shared_ptr<boost::asio::ssl::context> tls;  // nullptr: no STARTTLS
};

// One SMTP connection: a coroutine that reads lines and does what the dialogue says.
class smtp_session : public connection, public std::enable_shared_from_this<smtp_session> {
 public:
  smtp_session(tcp_socket socket, provider_book& book, const std::string& name,
               const smtp_settings& settings);

  void start() override;
  void retire() override;

 private:
  using task = boost::asio::awaitable<void>;
  using verdict = boost::asio::awaitable<bool>;  // false: the session is over

  task run();
  // Says what the step says, and leads to the state that it leads to.
  verdict perform(const smtp_step& step);
  verdict read_message();
  verdict shake_hands();
  // Appends to what has been read; false at the end of the connection.
  verdict read_some();
  // Up to CRLF, which is left out; nullopt at the end of the connection.
  boost::asio::awaitable<std::optional<std::string>> read_line();
  verdict write(std::string_view text);
  void reset();

  tcp_socket socket_;
  std::optional<boost::asio::ssl::stream<tcp_socket&>> tls_;
  provider* at_;
  const smtp_settings& settings_;
  std::optional<smtp_dialogue> dialogue_;
  std::string read_;
  std::array<char, 8192> piece_;
  bool reads_credentials_ = false;
};

}  // namespace postrider::provider_sim
