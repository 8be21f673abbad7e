#include "tools/provider-sim/smtp_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <tuple>

namespace postrider::provider_sim {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
// RFC 5321 wants 512 for a command and 1000 for a line of text; more is not held against anyone.
constexpr std::size_t max_line = 64 * 1024;

}  // namespace

smtp_session::smtp_session(tcp_socket socket, provider_book& book, const std::string& name,
                           const smtp_settings& settings)
    : socket_(std::move(socket)), at_(book.find_or_make(name)), settings_(settings) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (at_) dialogue_.emplace(*at_, settings.login, settings.tls != nullptr);
}

void smtp_session::start() {
  if (!dialogue_) return;
  asio::co_spawn(
      socket_.get_executor(), [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void smtp_session::retire() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

// With a linger time of zero the kernel sends RST instead of FIN.
void smtp_session::reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

// GCC 12 destroys temporaries of an expression with co_await twice; hence the names.
smtp_session::task smtp_session::run() {
  at_->counts.count_request();
  smtp_step step = dialogue_->greet();
  while (co_await perform(step)) {
    const auto line = co_await read_line();
    if (!line) break;
    if (reads_credentials_) step = dialogue_->credentials(*line);
    else step = dialogue_->command(*line);
  }
  retire();
}

smtp_session::verdict smtp_session::perform(const smtp_step& step) {
  if (step.delay.count() > 0) {
    asio::steady_timer timer(socket_.get_executor(), step.delay);
    co_await timer.async_wait(token);
  }
  if (!step.reply.empty()) {
    const bool is_written = co_await write(step.reply);
    if (!is_written) co_return false;
  }
  reads_credentials_ = step.next == smtp_next::credentials;
  switch (step.next) {
    case smtp_next::command:
    case smtp_next::credentials: co_return true;
    case smtp_next::data: co_return co_await read_message();
    case smtp_next::drop_in_body:
      co_await read_line();
      reset();
      co_return false;
    case smtp_next::start_tls: co_return co_await shake_hands();
    case smtp_next::hold:
      while (co_await read_some())
        read_.clear();
      co_return false;
    case smtp_next::reset: reset(); co_return false;
    case smtp_next::close: break;
  }
  co_return false;
}

// A line that begins with a dot has got one more on its way (RFC 5321, section 4.5.2). What is too
// big is read to its end, but not kept.
smtp_session::verdict smtp_session::read_message() {
  std::string data;
  for (;;) {
    const auto line = co_await read_line();
    if (!line) co_return false;
    if (*line == ".") break;
    if (data.size() > smtp_dialogue::max_message) continue;
    data.append(*line, line->starts_with('.') ? 1 : 0).append("\r\n");
  }
  const smtp_step step = dialogue_->message(data, std::chrono::steady_clock::now());
  co_return co_await perform(step);
}

// Commands before the handshake must not count as said after it (RFC 3207, section 5).
smtp_session::verdict smtp_session::shake_hands() {
  read_.clear();
  tls_.emplace(socket_, *settings_.tls);
  const auto [ec] = co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
  if (!ec) dialogue_->on_tls();
  co_return !ec;
}

smtp_session::verdict smtp_session::read_some() {
  const auto room = asio::buffer(piece_);
  error_code ec;
  std::size_t size = 0;
  if (tls_) std::tie(ec, size) = co_await tls_->async_read_some(room, token);
  else std::tie(ec, size) = co_await socket_.async_read_some(room, token);
  if (!ec) read_.append(piece_.data(), size);
  co_return !ec;
}

asio::awaitable<std::optional<std::string>> smtp_session::read_line() {
  std::size_t end = read_.find("\r\n");
  while (end == read_.npos) {
    const bool is_more = read_.size() <= max_line && co_await read_some();
    if (!is_more) co_return std::nullopt;
    end = read_.find("\r\n");
  }
  std::string line = read_.substr(0, end);
  read_.erase(0, end + 2);
  co_return line;
}

smtp_session::verdict smtp_session::write(std::string_view text) {
  const auto bytes = asio::buffer(text);
  error_code ec;
  std::size_t size = 0;
  if (tls_) std::tie(ec, size) = co_await asio::async_write(*tls_, bytes, token);
  else std::tie(ec, size) = co_await asio::async_write(socket_, bytes, token);
  co_return !ec;
}

}  // namespace postrider::provider_sim
