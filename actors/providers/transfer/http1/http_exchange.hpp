#pragma once

#include "actors/providers/transfer/http1/connection_opener.hpp"
#include "actors/providers/transfer/http1/reply_parser.hpp"

#include <memory>
#include <optional>

namespace postrider::actors::http1 {

/// One request and its reply. It is written at most once: on a connection that died before, it is
/// not repeated. The stage in the result is exact, because it moves with what the socket took and
/// gave, and is read only when nothing is in progress any more.
class http_exchange : public std::enable_shared_from_this<http_exchange>, private wire::expiring {
 public:
  /// `on_data` takes a stream's pieces; null: the reply is collected.
  http_exchange(services& with, transfer_request request, transfer_engine::stream_data on_data,
                transfer_engine::completion done);

  ~http_exchange() override;

  /// Until the caller has its answer.
  wire::awaitable<void> run();
  /// Ends it soon; its answer has this error unless the reply is complete already.
  void interrupt(transfer_error error, std::string text);
  /// Logs the exception that ended run(), such as one for lack of memory or one of a stream's
  /// listener, and answers if run() had not.
  void give_up(const std::string& text);

 private:
  wire::awaitable<bool> get_connection();
  wire::awaitable<bool> open_connection();
  wire::awaitable<void> send_request();
  wire::awaitable<void> send_while_reading(wire::byte_stream::pieces bytes);
  wire::awaitable<void> write_all(wire::byte_stream::pieces bytes);
  wire::awaitable<void> read_reply();
  void complete();
  void take_end(wire::error_code ended);
  void take_wrong_reply(reply_reader::state state);
  void on_deadline() override;
  void set_deadline(std::chrono::milliseconds after_last_sign);
  void fail(transfer_error error, std::string text);
  void leave_connection();
  void answer();

  services& with_;
  transfer_request request_;
  transfer_engine::stream_data on_data_;
  transfer_engine::completion done_;
  transfer_result result_;
  std::optional<route> way_;
  std::unique_ptr<connection> connection_;
  /// While a connection is made.
  connection_opener* opener_ = nullptr;
  reply_reader reader_;
  wire::clock::time_point began_;
  /// A stream's last byte; otherwise the beginning.
  wire::clock::time_point last_sign_;
  bool written_ = false;
  bool interrupted_ = false;
};

}  // namespace postrider::actors::http1
