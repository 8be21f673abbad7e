#pragma once

#include "http/connection/front.hpp"
#include "http/connection/gate.hpp"
#include "http/connection/header_scan.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "inbound/executor.hpp"
#include "inbound/served_connection.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace postrider::http {

/// One connection: reads a request, has it answered, writes, and again. Everything but the
/// functions marked so runs on the connection's strand.
class session final : public inbound::served_connection {
 public:
  /// `local`: the connection came by the local socket, where nothing is encrypted.
  session(http::front& front, http::socket peer, bool local = false);

  /// Runs until the connection ends; then it is no longer among the front's connections.
  void start();

  // From any thread.
  void end_if_idle() override;

 private:
  enum class phase : std::uint8_t {
    handshake,
    idle,
    header,
    body,
    lines,
    answering,
    writing,
    lingering
  };
  enum class arrival : std::uint8_t {
    complete,
    gone,     ///< the client is gone
    refused,  ///< `response_` says why; the connection ends with it
  };

  /// The longest wait for a change's audit entry.
  static constexpr std::chrono::milliseconds audit_timeout{5'000};

  std::shared_ptr<session> self() { return std::static_pointer_cast<session>(shared_from_this()); }
  awaitable<void> run();
  /// False when the client does not speak TLS as it should.
  awaitable<bool> shake_hands();
  /// False when the connection has to end.
  awaitable<bool> serve_one();
  awaitable<arrival> receive_header();
  awaitable<arrival> receive_body();
  awaitable<boost::system::error_code> receive(std::size_t most);
  awaitable<void> handle(const endpoint& at);
  awaitable<bool> wait_for(pending_call& call);
  /// Waits before the answer to a wrong key, so that guesses are slow.
  awaitable<void> hold_back();
  /// Writes down that something was changed, before the answer (session_audit.cpp).
  awaitable<void> write_audit(const endpoint& at);
  awaitable<bool> write_answer();
  awaitable<bool> write_continue();

  /// A request whose lines are answered while they arrive (session_stream.cpp).
  struct streaming;
  awaitable<bool> serve_lines(const endpoint& at);
  awaitable<void> answer_chunk(streaming& now);
  awaitable<arrival> receive_lines(streaming& now);
  awaitable<bool> write_lines(streaming& now, bool last);
  /// Waits for a client as long as it reads at all, and with `lines` no longer than that request
  /// may take. False when the connection has ended.
  awaitable<bool> write_output(const streaming* lines);
  void take_lines(streaming& now);
  awaitable<bool> end_lines(streaming& now);
  void frame_lines(streaming& now, bool last);
  static std::chrono::milliseconds no_longer_than(std::chrono::milliseconds limit,
                                                  const streaming& now);

  /// A request that is answered as things happen (session_push.cpp).
  awaitable<bool> serve_push(const endpoint& at);
  awaitable<std::optional<problem>> ask_push(push_stream& stream);
  void begin_push(const push_stream& stream);
  void append_push();

  /// Waits until the client has seen the last answer: bytes that nobody reads would make the
  /// kernel reset the connection and take the answer with it (RFC 9112, 9.6).
  awaitable<void> linger();

  arrival parse_header();
  /// The id that a client wished for if it can be one, else a new one.
  void take_request_id(std::string_view wished);
  arrival refuse(refusal why, const problem& what);
  arrival refuse(boost::system::error_code error);
  arrival interrupted();
  /// Gives the parser what has arrived; how many bytes there have to be before it is asked again.
  std::size_t parse_body(boost::system::error_code& error);
  bool must_answer_before_body(const std::optional<problem>& refused) const;
  std::optional<problem> refusal_of(const routing& found) const;
  void time_is_up() override;
  void enter(phase next, std::chrono::milliseconds at_most);
  void begin_request();

  http::front& front_;
  phase phase_ = phase::idle;
  boost::beast::flat_buffer input_;
  header_scan scan_;
  /// The header block, in which the request's views point.
  std::string header_;
  std::string body_;
  std::optional<request_parser> parser_;
  http::request request_;
  http::response response_;
  std::string output_;
  /// For the counters: which route, and since the request's first byte.
  std::size_t route_ = counters::max_routes;
  clock::time_point began_{};
};

}  // namespace postrider::http
