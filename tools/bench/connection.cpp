#include "tools/bench/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace postrider::bench {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
constexpr std::chrono::milliseconds reconnect_delay(20);
}

connection::connection(asio::io_context& io, const asio::ip::tcp::endpoint& server,
                       connection_owner& owner)
    : socket_(io), timer_(io), server_(server), owner_(owner) {}

void connection::connect() {
  socket_ = asio::ip::tcp::socket(socket_.get_executor());
  socket_.async_connect(server_, [this](error_code ec) {
    if (stopped_) return;
    if (ec) {
      owner_.on_connect_failed();
      return reconnect_later();
    }
    socket_.set_option(asio::ip::tcp::no_delay(true), ec);
    socket_.non_blocking(true, ec);
    reader_.reset();
    ready_ = true;
    owner_.on_connected(*this);
    if (!stopped_) read();
  });
}

bool connection::send(const job& what, std::int64_t now_ns) {
  error_code ec;
  const std::size_t sent = socket_.write_some(asio::buffer(text_), ec);
  const bool full = ec == asio::error::would_block;
  if (ec && !full) {
    // The pending read ends with the socket and brings the connection back.
    ready_ = false;
    socket_.shutdown(asio::socket_base::shutdown_both, ec);
    return false;
  }
  current_ = what;
  sent_ns_ = now_ns;
  if (sent < text_.size()) write_rest(sent);
  return true;
}

void connection::write_rest(std::size_t from) {
  asio::async_write(socket_, asio::buffer(text_) + from, [](error_code, std::size_t) {
    // If it fails, so does the pending read, which then says so.
  });
}

void connection::read() {
  socket_.async_read_some(asio::buffer(reader_.room(), reader_.room_size()),
                          [this](error_code ec, std::size_t size) {
                            if (stopped_) return;
                            if (ec) return lose();
                            on_read(size);
                          });
}

void connection::on_read(std::size_t size) {
  const auto state = reader_.add(size);
  if (state == answer_reader::state::unusable || !current_) return lose();
  if (state == answer_reader::state::needs_more) return read();
  const job done = *current_;
  current_.reset();
  const bool closes = reader_.result().closes;
  if (closes) ready_ = false;
  const answer got = reader_.result();
  owner_.on_answer(*this, done, got);
  if (stopped_) return;
  if (closes) return lose();
  reader_.next();
  read();
}

void connection::lose() {
  ready_ = false;
  error_code ignored;
  socket_.close(ignored);
  const std::optional<job> lost = std::exchange(current_, std::nullopt);
  owner_.on_lost(*this, lost);
  if (!stopped_) reconnect_later();
}

void connection::reconnect_later() {
  timer_.expires_after(reconnect_delay);
  timer_.async_wait([this](error_code ec) {
    if (!ec && !stopped_) connect();
  });
}

void connection::abandon_if_older(std::int64_t sent_before_ns) {
  if (!current_ || sent_ns_ >= sent_before_ns) return;
  error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_both, ignored);
}

void connection::stop() {
  stopped_ = true;
  ready_ = false;
  error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
}

}  // namespace postrider::bench
