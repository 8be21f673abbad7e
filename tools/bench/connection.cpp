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
                       connection_owner& owner, std::unique_ptr<conversation> talk)
    : socket_(io), timer_(io), server_(server), owner_(owner), talk_(std::move(talk)) {}

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
    ready_ = talk_->begin();
    if (ready_) owner_.on_connected(*this);
    if (!stopped_) read();
  });
}

bool connection::send(const job& what, std::int64_t now_ns) {
  if (!say(talk_->words())) return false;
  current_ = what;
  sent_ns_ = now_ns;
  return true;
}

// False: not a byte went out.
bool connection::say(std::string_view words) {
  error_code ec;
  const std::size_t sent = socket_.write_some(asio::buffer(words), ec);
  if (ec && ec != asio::error::would_block) {
    // The pending read ends with the socket and brings the connection back.
    ready_ = false;
    socket_.shutdown(asio::socket_base::shutdown_both, ec);
    return false;
  }
  if (sent == words.size()) return true;
  asio::async_write(socket_, asio::buffer(words) + sent, [](error_code, std::size_t) {
    // If it fails, so does the pending read, which then says so.
  });
  return true;
}

void connection::read() {
  socket_.async_read_some(asio::buffer(talk_->room(), talk_->room_size()),
                          [this](error_code ec, std::size_t size) {
                            if (stopped_) return;
                            if (ec) return lose();
                            on_read(size);
                          });
}

void connection::on_read(std::size_t size) {
  using enum conversation::state;
  switch (talk_->add(size)) {
    case needs_more: return read();
    case speaks: return say(talk_->words()) ? read() : lose();
    case ready:
      ready_ = true;
      owner_.on_connected(*this);
      if (!stopped_) read();
      return;
    case unusable: return lose();
    case complete: break;
  }
  if (!current_) return lose();
  const job done = *current_;
  current_.reset();
  const answer got = talk_->result();
  const bool closes = got.closes;
  if (closes) ready_ = false;
  talk_->next();  // leaves the bytes of the answer where they are: nothing is behind it
  owner_.on_answer(*this, done, got);
  if (stopped_) return;
  if (closes) return lose();
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
