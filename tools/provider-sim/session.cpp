#include "tools/provider-sim/session.hpp"

#include "tools/provider-sim/event_stream.hpp"
#include "tools/provider-sim/json_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>

#include <array>
#include <cstring>
#include <utility>

namespace postrider::provider_sim {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {
constexpr std::size_t buffer_size = 16 * 1024;  // more than Beast's limit for a header
}

session::session(tcp_socket socket, dispatcher& requests, std::string name_of_port)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      requests_(requests),
      name_of_port_(std::move(name_of_port)),
      buffer_(buffer_size) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void session::retire() {
  retired_ = true;
  if (!answering_) close();
}

void session::read() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  socket_.async_read_some(asio::buffer(buffer_.data() + end_, buffer_.size() - end_),
                          [self = shared_from_this()](error_code ec, std::size_t size) {
                            if (ec) return self->close();
                            self->on_read(size);
                          });
}

void session::on_read(std::size_t size) {
  end_ += size;
  if (parse()) return;
  read();
}

bool session::parse() {
  while (begin_ < end_) {
    if (!parser_) {
      parser_.emplace(parts_);
      header_seen_ = false;
    }
    error_code ec;
    begin_ += parser_->put(asio::buffer(buffer_.data() + begin_, end_ - begin_), ec);
    if (ec == http::error::need_more) ec = {};
    if (ec) {
      close();
      return true;
    }
    if (!header_seen_ && parser_->is_header_done() && !on_header()) return true;
    if (parser_->is_done()) {
      answer();
      return true;
    }
    if (!parser_->is_header_done() || begin_ == end_) return false;
  }
  return false;
}

// An outage is told apart only now, because the target says whose request it is. Returns false
// when the session has ended.
bool session::on_header() {
  header_seen_ = true;
  to_ = find_destination(parts_.target, name_of_port_);
  if (requests_.turns_away(to_, std::chrono::steady_clock::now())) {
    close();
    return false;
  }
  if (parts_.expects_continue && !parser_->is_done()) {
    error_code ec;
    asio::write(socket_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ec);
  }
  return true;
}

void session::answer() {
  answering_ = true;
  keep_alive_ = parser_->keep_alive();
  parser_.reset();
  request_view request{parts_.method,       {},          {},
                       parts_.content_type, parts_.body, std::chrono::steady_clock::now()};
  request.authorization = parts_.authorization;
  request.webhook_id = parts_.webhook_id;
  request.webhook_timestamp = parts_.webhook_timestamp;
  request.webhook_signature = parts_.webhook_signature;
  reply_.clear();
  requests_.answer(to_, request, reply_);
  answer_due_ = request.arrived + reply_.delay;
  if (!reply_.errands_first) return answer_when_due();
  requests_.carry(to_, std::exchange(reply_.errands, {}),
                  [self = shared_from_this()] { self->answer_when_due(); });
}

void session::answer_when_due() {
  if (reply_.delay.count() <= 0) return carry_out();
  timer_.expires_at(answer_due_);
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec) self->carry_out();
  });
}

void session::do_errands() {
  if (!reply_.errands.empty()) requests_.carry(to_, std::exchange(reply_.errands, {}), {});
}

// Reports that come after the answer are not sent before it has been written.
void session::carry_out() {
  if (reply_.action > wire_action::stall) do_errands();
  switch (reply_.action) {
    case wire_action::answer:
    case wire_action::cut:
    case wire_action::stall: return write_answer();
    case wire_action::close: return close();
    case wire_action::reset: return reset();
    case wire_action::hold: return hold();
    case wire_action::stream: return stream();
  }
}

void session::write_answer() {
  const bool is_whole = reply_.action == wire_action::answer;
  if (retired_ || reply_.action == wire_action::cut) keep_alive_ = false;
  // Without a body nothing of it could be missing.
  if (reply_.action == wire_action::stall && reply_.body.empty()) reply_.body = "stalled";
  compose_head();
  std::string_view body = reply_.body;
  if (!is_whole) body = body.substr(0, body.size() / 2);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head_), asio::buffer(body)};
  asio::async_write(socket_, buffers, [self = shared_from_this()](error_code ec, std::size_t) {
    self->do_errands();
    if (ec) return self->close();
    if (self->reply_.action == wire_action::stall) return self->hold();
    self->on_written();
  });
}

void session::on_written() {
  answering_ = false;
  if (!keep_alive_ || retired_) return close();
  // A client that pipelines has put its next request into the buffer already.
  if (begin_ < end_ && parse()) return;
  read();
}

void session::compose_head() {
  head_ = "HTTP/1.1 ";
  append_number(head_, reply_.status);
  head_ += ' ';
  const auto reason = http::obsolete_reason(static_cast<http::status>(reply_.status));
  head_.append(reason.data(), reason.size());
  if (!reply_.content_type.empty()) {
    head_ += "\r\nContent-Type: ";
    head_ += reply_.content_type;
  }
  if (!reply_.more_headers.empty()) {
    head_ += "\r\n";
    head_.append(reply_.more_headers, 0, reply_.more_headers.size() - 2);
  }
  if (reply_.status != 204) {
    head_ += "\r\nContent-Length: ";
    append_number(head_, reply_.body.size());
  }
  if (!keep_alive_) head_ += "\r\nConnection: close";
  head_ += "\r\n\r\n";
}

// The connection goes over to the stream and is answered from there.
void session::stream() {
  auto events = std::make_shared<event_stream>(std::move(socket_), requests_.keep_alive());
  reply_.stream_from->add(events, reply_.stream_account);
  events->start();
}

// Reads and forgets, only to notice when the client gives up.
void session::hold() {
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](error_code ec, std::size_t) {
                            if (ec) return self->close();
                            self->hold();
                          });
}

void session::close() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

// With a linger time of zero the kernel sends RST instead of FIN.
void session::reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace postrider::provider_sim
