#include "actors/providers/transfer/smtp/smtp_exchange.hpp"

#include "actors/providers/transfer/completion.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace postrider::actors::smtp {
namespace {

std::chrono::milliseconds at_least_one(std::chrono::milliseconds time) {
  return std::max(time, std::chrono::milliseconds(1));
}

}  // namespace

exchange::exchange(wire::loop& on, transfer_request request, transfer_engine::completion done)
    : on_(on),
      request_(std::move(request)),
      key_(request_.mail ? key_of(request_) : std::string()),
      done_(std::move(done)),
      deadline_(wire::clock::now() + at_least_one(request_.timeout)),
      began_(wire::clock::now()) {
  on_.deadlines.set(*this, deadline_);
}

exchange::~exchange() { on_.deadlines.clear(*this); }

// GCC 12 loses `this` where a co_await is within a condition, so each step's answer has a name.
wire::awaitable<void> exchange::run(std::unique_ptr<connection> kept,
                                    std::function<void(exchange&)> before_answer) {
  running_ = true;
  began_ = wire::clock::now();
  connection_ = std::move(kept);
  bool over = false;
  if (connection_) over = co_await over_kept_connection();
  if (!over) co_await over_new_connection();
  settle_connection();
  before_answer(*this);
  answer();
  if (!connection_ || !owes_nothing_) co_return;
  const std::shared_ptr<connection> leaving(std::move(connection_));
  co_await say_goodbye(on_.executor, leaving);
}

/// False when the message must go to a new connection: nothing of it was sent.
wire::awaitable<bool> exchange::over_kept_connection() {
  co_await send_mail();
  const bool given_up = kept_connection_was_given_up();
  if (given_up) begin_again();
  co_return !given_up;
}

/// Servers close idle connections, some after saying 421. Others take so many messages over one
/// connection and refuse the next with any 4xx, to MAIL (OpenSMTPD, Exim) or to DATA (Stalwart).
bool exchange::kept_connection_was_given_up() const {
  if (interrupted_) return false;
  const auto* last = dialogue_.last();
  if (!last) return lost_;
  const bool before_message =
      last->command == smtp_command::mail || last->command == smtp_command::data;
  return complete_ && before_message && last->code / 100 == 4;
}

void exchange::begin_again() {
  connection_.reset();
  dialogue_ = {};
  result_ = {};
  complete_ = lost_ = false;
}

wire::awaitable<void> exchange::over_new_connection() {
  bool ready = co_await connect();
  if (ready) ready = co_await be_greeted();
  if (ready) ready = co_await say_hello();
  if (ready) ready = co_await start_tls();
  if (ready) ready = co_await log_in();
  if (ready) co_await send_mail();
}

// ---- the message -------------------------------------------------------------------------------

wire::awaitable<void> exchange::send_mail() {
  bool granted = co_await send_envelope();
  if (granted) granted = co_await send_message();
  if (granted) complete_ = true;
}

/// In one write where the server allows it (RFC 2920), so that the envelope costs one round trip.
/// The first refusal is the answer; those that follow are its consequences and are not read. DATA
/// that is granted although the recipient was refused ends with the connection, without a message.
wire::awaitable<bool> exchange::send_envelope() {
  const std::string commands[]{mail_command(*request_.mail), rcpt_command(*request_.mail), "DATA"};
  bool going = true;
  if (connection_->server.pipelining) {
    std::string all;
    for (const auto& command : commands) {
      dialogue_.sent(command);
      all.append(command).append("\r\n");
    }
    going = co_await write(std::move(all));
  }
  for (const auto& command : commands) {
    if (going && !connection_->server.pipelining) going = co_await say(command);
    if (going) going = co_await hear();
    if (going) going = &command == &commands[2] ? is_granted_data() : is_granted();
  }
  co_return going;
}

wire::awaitable<bool> exchange::send_message() {
  bool going = co_await write(dotted(request_.body));
  if (going) dialogue_.end_of_message();
  if (going) going = co_await hear();
  co_return going;
}

bool exchange::is_granted() {
  const int code = dialogue_.last()->code;
  if (code / 100 == 2) return true;
  if (code >= 400) return refuse();
  return fail(transfer_error::other, "the server gave a reply that is no answer to the command");
}

bool exchange::is_granted_data() {
  const int code = dialogue_.last()->code;
  if (code == 354) return true;
  if (code >= 400) return refuse();
  return fail(transfer_error::disconnected, "the server did not ask for the message after DATA");
}

// ---- lines -------------------------------------------------------------------------------------

wire::awaitable<bool> exchange::write(std::string bytes) {
  const wire::byte_stream::pieces all{wire::net::buffer(bytes), {}};
  const auto [error, written] = co_await connection_->stream.write(all);
  // Bytes that the kernel took before an interruption were sent all the same.
  if (!error) co_return true;
  lost_ = true;
  co_return fail(transfer_error::disconnected, "the connection ended: " + error.message());
}

wire::awaitable<bool> exchange::say(std::string line) {
  dialogue_.sent(line);
  line += "\r\n";
  return write(std::move(line));
}

/// Until the next whole reply.
wire::awaitable<bool> exchange::hear() {
  const int before = dialogue_.replies_received();
  while (dialogue_.replies_received() == before) {
    if (dialogue_.bytes_received() + connection_->input.size() > request_.max_reply_bytes)
      co_return fail(transfer_error::reply_too_long, "the replies are longer than is taken");
    if (take_line()) continue;
    if (interrupted_) co_return false;
    const auto into = wire::net::buffer(connection_->block);
    const auto [ended, size] = co_await connection_->stream.read_some(into);
    if (ended) lost_ = true;
    if (ended)
      co_return fail(transfer_error::disconnected, "the connection ended: " + ended.message());
    connection_->input.append(connection_->block.data(), size);
  }
  co_return true;
}

/// False when the next line is not whole yet.
bool exchange::take_line() {
  auto& input = connection_->input;
  const auto end = input.find('\n');
  if (end == input.npos) return false;
  const auto line = input.substr(0, end + 1);
  input.erase(0, end + 1);
  if (dialogue_.awaits_ehlo()) connection_->server.take(line);
  dialogue_.received(line);
  return true;
}

// ---- the end -----------------------------------------------------------------------------------

void exchange::on_deadline() {
  interrupt(transfer_error::timeout,
            running_ ? "no answer in time" : "no connection became free in time");
}

void exchange::interrupt(transfer_error error, std::string text) {
  if (interrupted_ || !done_) {
    if (connection_) connection_->stream.close();
    return;
  }
  interrupted_ = true;
  result_.error = error;
  result_.error_text = std::move(text);
  if (dialer_) dialer_->cancel();
  if (connection_) connection_->stream.close();
  if (!running_) answer();
}

void exchange::give_up(const std::string& text) {
  log(log_level::error, "transfers", "an exchange ended with an exception: " + text);
  if (!done_) return;
  fail(transfer_error::other, text);
  answer();
}

bool exchange::fail(transfer_error error, std::string text) {
  if (!interrupted_) {
    result_.error = error;
    result_.error_text = std::move(text);
  }
  return false;
}

/// The last reply refuses the message, which is an answer like any other.
bool exchange::refuse() {
  complete_ = true;
  return false;
}

/// A connection that owes a reply is never used again: the late reply would be taken for the one to
/// the next message.
void exchange::settle_connection() {
  owes_nothing_ = connection_ && !interrupted_ && !lost_ && dialogue_.is_answered();
  const auto* last = dialogue_.last();
  if (owes_nothing_ && complete_ && last->command == smtp_command::message && last->code != 421 &&
      connection_->input.empty())
    reusable_ = std::move(connection_);
}

void exchange::answer() {
  on_.deadlines.clear(*this);
  if (const auto* last = dialogue_.last()) result_.status = last->code;
  if (complete_) {
    result_.error = transfer_error::none;
    result_.error_text.clear();
    result_.stage = transfer_stage::reply_complete;
  } else {
    result_.stage = dialogue_.is_begun() ? dialogue_.stage() : connecting_stage_;
  }
  result_.replies = dialogue_.take_replies();
  result_.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(wire::clock::now() - began_);
  actors::answer(done_, std::move(result_));
}

}  // namespace postrider::actors::smtp
