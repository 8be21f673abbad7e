#pragma once

#include "actors/providers/transfer/smtp/mail_request.hpp"
#include "actors/providers/transfer/smtp/smtp_connection.hpp"
#include "actors/providers/transfer/smtp_dialogue.hpp"
#include "actors/providers/transfer/wire/dialer.hpp"
#include "actors/providers/transfer/wire/loop.hpp"

namespace postrider::actors::smtp {

/// One message: waits for its turn, then goes over a connection. The stage in its answer is exact:
/// the dot that ends the message counts as sent when the socket took it.
class exchange : private wire::expiring {
 public:
  exchange(wire::loop& on, transfer_request request, transfer_engine::completion done);
  ~exchange() override;

  const transfer_request& request() const { return request_; }
  const std::string& key() const { return key_; }
  /// It needs no connection any more.
  bool is_answered() const { return !done_; }

  /// Over a connection that served before, or a new one. `before_answer` is called once, when
  /// take_connection() has one that may serve again.
  wire::awaitable<void> run(std::unique_ptr<connection> kept,
                            std::function<void(exchange&)> before_answer);
  std::unique_ptr<connection> take_connection() { return std::move(reusable_); }
  /// Ends it soon; at once if it still waits for its turn.
  void interrupt(transfer_error error, std::string text);
  /// Logs the exception that ended run(), and answers if run() had not.
  void give_up(const std::string& text);

 private:
  wire::awaitable<bool> over_kept_connection();
  wire::awaitable<void> over_new_connection();
  wire::awaitable<bool> connect();
  wire::awaitable<bool> encrypt();
  wire::awaitable<bool> be_greeted();
  wire::awaitable<bool> say_hello();
  wire::awaitable<bool> start_tls();
  wire::awaitable<bool> log_in();
  wire::awaitable<void> send_mail();
  wire::awaitable<bool> send_envelope();
  wire::awaitable<bool> send_message();

  wire::awaitable<bool> write(std::string bytes);
  wire::awaitable<bool> say(std::string line);
  wire::awaitable<bool> hear();
  bool take_line();
  bool is_granted();
  bool is_granted_data();
  bool kept_connection_was_given_up() const;
  void begin_again();

  void on_deadline() override;
  bool fail(transfer_error error, std::string text);
  bool refuse();
  void settle_connection();
  void answer();

  wire::loop& on_;
  transfer_request request_;
  std::string key_;
  transfer_engine::completion done_;
  wire::clock::time_point deadline_;
  wire::clock::time_point began_;
  bool running_ = false;
  bool interrupted_ = false;

  std::unique_ptr<connection> connection_;
  std::unique_ptr<connection> reusable_;
  wire::dialer* dialer_ = nullptr;
  smtp_dialogue dialogue_;
  /// While there is no dialogue yet.
  transfer_stage connecting_stage_ = transfer_stage::not_started;
  /// The last reply is the answer to the message, be it good or bad.
  bool complete_ = false;
  bool lost_ = false;
  /// The server answered all that it was asked.
  bool owes_nothing_ = false;
  transfer_result result_;
};

}  // namespace postrider::actors::smtp
