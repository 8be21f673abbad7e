#include "tools/provider-sim/event_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <charconv>

namespace postrider::provider_sim {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
// Bytes that may wait for a listener; one that reads more slowly is cut off.
constexpr std::size_t max_waiting = 4 * 1024 * 1024;
}  // namespace

event_stream::event_stream(tcp_socket socket, std::chrono::milliseconds keep_alive)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), keep_alive_(keep_alive) {}

void event_stream::start() {
  write(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
      "Transfer-Encoding: chunked\r\n\r\n");
  notice_end();
}

void event_stream::push(std::string_view event) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, event.size(), 16).ptr;
  std::string chunk(digits, end);
  chunk.append("\r\n").append(event).append("\r\n");
  write(chunk);
}

void event_stream::write(std::string_view bytes) {
  if (!socket_.is_open()) return;
  if (waiting_.size() + bytes.size() > max_waiting) return end();
  waiting_ += bytes;
  arm_timer();
  if (writing_.empty()) flush();
}

void event_stream::flush() {
  writing_.swap(waiting_);
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](error_code ec, std::size_t) {
                      self->writing_.clear();
                      if (ec) return self->end();
                      if (!self->waiting_.empty()) self->flush();
                    });
}

void event_stream::arm_timer() {
  timer_.expires_after(keep_alive_);
  timer_.async_wait([weak = weak_from_this()](error_code ec) {
    const auto self = weak.lock();
    if (!ec && self) self->push(":\n");
  });
}

// A listener has nothing to say, so whatever comes is only of interest when it is the end.
void event_stream::notice_end() {
  socket_.async_read_some(asio::buffer(ignored_),
                          [self = shared_from_this()](error_code ec, std::size_t) {
                            if (ec) return self->end();
                            self->notice_end();
                          });
}

void event_stream::end() {
  error_code ignored;
  timer_.cancel();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace postrider::provider_sim
