#include "smtp/session.hpp"

#include "base/log.hpp"
#include "inbound/request_id.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <optional>

namespace postrider::smtp {
namespace {

namespace net = inbound::net;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr std::size_t kept_memory = 64 * 1024;
constexpr milliseconds handshake_timeout{10'000}, write_timeout{30'000}, linger_timeout{2'000};
constexpr std::size_t max_lingering_bytes = 16 * 1024 * 1024;

}  // namespace

session::session(front& shared, inbound::socket peer, client_facts client, bool tls_first)
    : served_connection(std::move(peer), tls_first ? shared.tls.get() : inbound::tls_context()),
      front_(shared),
      tls_first_(tls_first),
      dialogue_(shared.settings, std::move(client), shared, shared.budget, shared.common.of_users) {
}

void session::start() {
  net::co_spawn(
      peer_.get_executor(), [self = self()] { return self->run(); },
      [self = self()](std::exception_ptr failure) {
        self->peer_.close();
        --self->front_.counted.connections;
        self->front_.connections.remove(self.get());
        if (!failure) return;
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& error) {
          log(log_level::error, "smtp",
              std::string("a connection ended with an exception: ") + error.what());
        }
      });
}

void session::enter(phase next, milliseconds at_most) {
  phase_ = next;
  timed_out_ = false;
  due_in(at_most);
}

// ---- the course of a connection -----------------------------------------------------------

awaitable<void> session::run() {
  // GCC 12 loses `this` when the co_await is in the condition of the loop.
  bool more = true;
  if (tls_first_) more = co_await shake_hands();
  if (more) {
    dialogue_.greet(output_);
    more = co_await write();
  }
  while (more)
    more = co_await serve();
  if (peer_.is_open() && !aborted_) co_await linger();
}

awaitable<bool> session::shake_hands() {
  enter(phase::handshake, handshake_timeout);
  const auto [error] = co_await peer_.handshake();
  if (error) {
    front_.count(refusal::tls_handshake);
    peer_.close();
    co_return false;
  }
  ++front_.counted.encrypted;
  co_return true;
}

awaitable<bool> session::serve() {
  bool more = co_await receive();
  while (more && !input_.empty()) {
    const bool had_mail = dialogue_.in_transaction();
    const auto step = dialogue_.feed(input_, output_);
    input_.erase(0, step.taken);
    if (step.taken > 0) expect_line();
    if (!had_mail && dialogue_.in_transaction())
      mail_until_ = clock::now() + front_.settings.transaction_timeout;
    more = co_await obey(step.what);
    if (step.what == dialogue::next::read) break;
  }
  co_return more;
}

awaitable<bool> session::obey(dialogue::next what) {
  switch (what) {
    case dialogue::next::read: break;
    case dialogue::next::store: co_return co_await store();
    case dialogue::next::hold_back: co_return co_await hold_back();
    case dialogue::next::start_tls: co_return co_await start_tls();
    case dialogue::next::close: co_await write(); co_return false;
  }
  co_return co_await write();
}

void session::expect_line() { line_until_ = clock::now() + front_.settings.idle_timeout; }

milliseconds session::time_to_read() {
  const auto until = dialogue_.in_transaction() ? std::min(line_until_, mail_until_) : line_until_;
  return std::max(std::chrono::ceil<milliseconds>(until - clock::now()), milliseconds(1));
}

awaitable<bool> session::receive() {
  enter(phase::reading, ends_now() ? milliseconds(0) : time_to_read());
  const auto [error, size] = co_await peer_.read_some(net::buffer(block_));
  input_.append(block_.data(), size);
  if (!error) co_return true;
  if (aborted_ || !peer_.is_open()) co_return false;
  if (ends_now()) dialogue_.end({421, "4.3.2", "this server is about to stop"}, output_);
  else if (timed_out_) {
    front_.count(refusal::timeout);
    dialogue_.end({421, "4.4.2", "nothing came in time"}, output_);
  }
  co_await write();
  co_return false;
}

awaitable<bool> session::write() {
  if (output_.empty()) co_return true;
  // The client's time begins when it can read what it is to answer.
  expect_line();
  enter(phase::writing, write_timeout);
  const auto [error, size] = co_await peer_.write(net::buffer(output_));
  output_.clear();
  if (input_.empty() && input_.capacity() > kept_memory) std::string().swap(input_);
  if (error) peer_.close();
  co_return !error;
}

awaitable<bool> session::start_tls() {
  bool more = co_await write();
  if (!more) co_return false;
  // Bytes behind STARTTLS were refused with it.
  peer_.start_tls(front_.tls.get());
  more = co_await shake_hands();
  if (more) dialogue_.tls_begun();
  co_return more;
}

awaitable<bool> session::hold_back() {
  const auto address = front_.connections.address_of(this);
  const auto verdict = front_.wrong_keys.note(address, clock::now());
  if (verdict.wait.count() > 0 && !front_.draining.load()) {
    ++front_.counted.held_back;
    enter(phase::storing, verdict.wait + front_.settings.store_timeout);
    inbound::timer until(peer_.get_executor(), verdict.wait);
    co_await until.async_wait(inbound::as_result);
  }
  const bool more = co_await write();
  co_return more && !verdict.ends;
}

awaitable<void> session::linger() {
  enter(phase::ending, linger_timeout);
  // Its error says only that the client was faster, or has more to say; that is counted below.
  if (peer_.encrypted()) co_await peer_.close_notify();
  peer_.shutdown_send();
  std::size_t seen = 0;
  bool more = true;
  while (more && seen < max_lingering_bytes) {
    const auto [error, size] = co_await peer_.read_some(net::buffer(block_));
    seen += size;
    more = !error;
  }
}

// ---- a mail -------------------------------------------------------------------------------

awaitable<bool> session::store() {
  enter(phase::storing, front_.settings.store_timeout);
  const auto began = clock::now();
  std::string id;
  inbound::make_request_id(id);
  mail_delivery mail(
      std::move(dialogue_.mail()), std::move(id),
      std::chrono::floor<actors::time_point::duration>(std::chrono::system_clock::now()));
  const auto what = co_await deliver(mail);
  front_.counted.count(mail.end());
  front_.counted.seconds.add(
      seconds_of(std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began)));
  const auto next = dialogue_.stored(what, output_);
  const bool more = co_await write();
  co_return more&& next != dialogue::next::close;
}

awaitable<reply> session::deliver(mail_delivery& mail) {
  if (auto early = mail.prepare()) co_return *early;
  const auto end = std::make_shared<call_end>();
  const bool in_time = co_await wait_(sender_of(mail, end));
  if (in_time && *end) co_return mail.finish(std::move(**end));
  co_return mail.too_late();
}

std::function<void(std::uint64_t)> session::sender_of(mail_delivery& mail,
                                                      std::shared_ptr<call_end> end) {
  return [this, &mail, end = std::move(end)](std::uint64_t call) {
    auto to = mail.recipients();
    inbound::send_all(front_.gateway, mail.take_messages(), std::move(to), mail.id(),
                      [end, back = front_.back, waiting = weak_from_this(), call](auto ends) {
                        end->emplace(std::move(ends));
                        back->wake(waiting, call);
                      });
  };
}

// ---- signals of other threads -------------------------------------------------------------

void session::time_is_up() {
  if (phase_ == phase::reading) peer_.cancel();
  else if (phase_ != phase::storing) peer_.close();
}

void session::end_if_idle() {
  net::post(peer_.get_executor(), [self = self()] {
    self->stopping_ = true;
    if (self->phase_ == phase::handshake || self->phase_ == phase::ending) self->peer_.close();
    if (self->phase_ != phase::reading || !self->ends_now()) return;
    // As at a timeout, which is repeated until the read has ended.
    self->due_in(milliseconds(0));
    self->peer_.cancel();
  });
}

}  // namespace postrider::smtp
