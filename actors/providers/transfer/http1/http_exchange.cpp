#include "actors/providers/transfer/http1/http_exchange.hpp"

#include "actors/providers/transfer/completion.hpp"
#include "actors/providers/transfer/http1/request_text.hpp"
#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace postrider::actors::http1 {
namespace {

constexpr std::size_t read_block = 8 * 1024;
/// Smaller requests are in the kernel's hands at once. During a larger one the peer may answer
/// already, or end the connection, and is listened to.
constexpr std::size_t written_at_once = 16 * 1024;

std::chrono::milliseconds at_least_one(std::chrono::milliseconds time) {
  return std::max(time, std::chrono::milliseconds(1));
}

}  // namespace

http_exchange::http_exchange(services& with, transfer_request request,
                             transfer_engine::stream_data on_data, transfer_engine::completion done)
    : with_(with),
      request_(std::move(request)),
      on_data_(std::move(on_data)),
      done_(std::move(done)),
      reader_(result_, on_data_, request_.max_reply_bytes) {
  if (request_.method == "HEAD") reader_.expect_no_body();
}

http_exchange::~http_exchange() { with_.deadlines.clear(*this); }

wire::awaitable<void> http_exchange::run() {
  began_ = last_sign_ = wire::clock::now();
  // GCC 12 loses `this` where a co_await is within a condition.
  bool connected = false;
  if (!interrupted_) connected = co_await get_connection();
  if (connected) co_await send_request();
  leave_connection();
  answer();
}

void http_exchange::interrupt(transfer_error error, std::string text) {
  if (interrupted_) return;
  interrupted_ = true;
  if (result_.stage != transfer_stage::reply_complete) {
    result_.error = error;
    result_.error_text = std::move(text);
  }
  if (opener_) opener_->cancel();
  if (connection_) connection_->stream.close();
}

void http_exchange::fail(transfer_error error, std::string text) {
  if (interrupted_ || result_.error != transfer_error::none) return;
  result_.error = error;
  result_.error_text = std::move(text);
}

// ---- time --------------------------------------------------------------------------------------

void http_exchange::set_deadline(std::chrono::milliseconds after_last_sign) {
  with_.deadlines.set(*this, last_sign_ + at_least_one(after_last_sign));
}

void http_exchange::on_deadline() {
  interrupt(transfer_error::timeout,
            on_data_ ? "the peer said nothing for too long" : "the time for the exchange is over");
}

// ---- the connection ----------------------------------------------------------------------------

wire::awaitable<bool> http_exchange::get_connection() {
  auto found = route_for(request_);
  if (!found.route) {
    fail(found.error, std::move(found.text));
    co_return false;
  }
  way_ = std::move(found.route);
  connection_ = with_.pool.take(way_->key(), way_->public_addresses_only && !way_->proxy_url);
  bool ready = connection_ != nullptr;
  if (!ready) ready = co_await open_connection();
  if (ready) set_deadline(request_.timeout);
  co_return ready;
}

wire::awaitable<bool> http_exchange::open_connection() {
  set_deadline(std::min(request_.connect_timeout, request_.timeout));
  connection_opener opener(with_, *way_, result_.stage);
  opener_ = &opener;
  auto opened = co_await opener.open();
  opener_ = nullptr;
  if (!opened) fail(opener.error(), opener.error_text());
  connection_ = std::move(opened);
  co_return connection_ != nullptr && !interrupted_;
}

/// Another request may follow on it only when nothing of this one is left on either side.
void http_exchange::leave_connection() {
  if (!connection_) return;
  const bool clean = result_.complete() && written_ && !interrupted_ &&
                     reader_.keeps_connection() && connection_->input.size() == 0;
  if (clean) with_.pool.give_back(std::move(connection_));
  connection_.reset();
}

// ---- the request -------------------------------------------------------------------------------

wire::awaitable<void> http_exchange::send_request() {
  result_.stage = transfer_stage::request_partly_written;
  auto& output = connection_->output;
  output.clear();
  write_head(output, request_, way_->peer);
  const auto body = body_of(request_);
  if (output.size() + body.size() > written_at_once) {
    const wire::byte_stream::pieces both{wire::net::buffer(output), wire::net::buffer(body)};
    co_return co_await send_while_reading(both);
  }
  output.append(body);
  const wire::byte_stream::pieces all{wire::net::buffer(output), {}};
  co_await write_all(all);
  co_await read_reply();
}

/// The end waits for both, so that the stage counts every byte that the socket took. A peer that
/// agrees early may need the rest all the same, and gets it; one that refuses does not.
wire::awaitable<void> http_exchange::send_while_reading(wire::byte_stream::pieces bytes) {
  const auto writer_ended = std::make_shared<wire::event>(with_.executor);
  wire::net::co_spawn(
      with_.executor, write_all(bytes),
      [writer_ended, self = shared_from_this()](std::exception_ptr) { writer_ended->set(); });
  std::exception_ptr failure;
  try {
    co_await read_reply();
  } catch (...) {
    failure = std::current_exception();
  }
  const bool agreed = result_.complete() && result_.status / 100 == 2;
  if (!written_ && !agreed) connection_->stream.close();
  co_await writer_ended->wait();
  if (failure) std::rethrow_exception(failure);
}

wire::awaitable<void> http_exchange::write_all(wire::byte_stream::pieces bytes) {
  const auto [error, written] = co_await connection_->stream.write(bytes);
  written_ = !error;
  if (written_ && result_.stage == transfer_stage::request_partly_written)
    result_.stage = transfer_stage::request_written;
}

// ---- the reply ---------------------------------------------------------------------------------

/// Also after a request that could not be written: the peer may have said why.
wire::awaitable<void> http_exchange::read_reply() {
  auto state = reply_reader::state::incomplete;
  while (state == reply_reader::state::incomplete) {
    auto& input = connection_->input;
    const auto into = input.prepare(read_block);
    const auto [ended, size] = co_await connection_->stream.read_some(into);
    if (ended) co_return take_end(ended);
    input.commit(size);
    if (on_data_ && !interrupted_) {
      last_sign_ = wire::clock::now();
      set_deadline(request_.timeout);
    }
    state = reader_.take(input);
  }
  if (state != reply_reader::state::complete) co_return take_wrong_reply(state);
  complete();
}

void http_exchange::complete() {
  result_.stage = transfer_stage::reply_complete;
  result_.error = transfer_error::none;
  result_.error_text.clear();
}

void http_exchange::take_end(wire::error_code ended) {
  // Over TLS this is an end that the peer announced; one that is cut off is another error.
  if (ended == wire::net::error::eof && reader_.take_end() == reply_reader::state::complete)
    return complete();
  fail(transfer_error::disconnected,
       result_.stage < transfer_stage::reply_started
           ? "the connection ended without a reply: " + ended.message()
           : "the connection ended within the reply: " + ended.message());
}

void http_exchange::take_wrong_reply(reply_reader::state state) {
  if (state == reply_reader::state::too_long)
    return fail(transfer_error::reply_too_long, "the reply is longer than is taken");
  fail(transfer_error::other, reader_.error_text());
}

void http_exchange::give_up(const std::string& text) {
  log(log_level::error, "transfers", "an exchange ended with an exception: " + text);
  if (!done_) return;
  fail(transfer_error::other, text);
  answer();
}

void http_exchange::answer() {
  result_.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(wire::clock::now() - began_);
  actors::answer(done_, std::move(result_));
}

}  // namespace postrider::actors::http1
