#include "http/connection/session.hpp"

#include "base/log.hpp"
#include "http/answer_log.hpp"
#include "http/authorisation.hpp"
#include "http/connection/exchange.hpp"
#include "http/connection/session_problems.hpp"
#include "http/media_type.hpp"
#include "http/request_id.hpp"
#include "http/sources/source_answer.hpp"
#include "inbound/request_id.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>

namespace postrider::http {
namespace {

using boost::system::error_code;

constexpr std::size_t header_block = 4 * 1024;
constexpr std::size_t body_block = 64 * 1024;
/// A buffer that has grown beyond this for one request is not kept for the next.
constexpr std::size_t kept_memory = 64 * 1024;
/// A chunk's first line, or all trailers: RFC 9112, 7.1.1 leaves the limit to the server.
constexpr std::size_t max_chunk_header = 8 * 1024;
constexpr std::size_t max_lingering_bytes = 16 * 1024 * 1024;
constexpr std::chrono::milliseconds linger_timeout{2'000};

std::string_view view(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

std::string_view sentence_for(header_scan::state state) {
  switch (state) {
    case header_scan::state::bare_line_feed: return "a line of the header does not end with CRLF";
    case header_scan::state::folded: return "a field of the header is folded over lines";
    default: return "this is not HTTP";
  }
}

/// Counts a request for as long as it lives.
class in_flight {
 public:
  explicit in_flight(counters& counted) : counted_(counted) { ++counted_.in_flight; }
  ~in_flight() { --counted_.in_flight; }
  in_flight(const in_flight&) = delete;
  in_flight& operator=(const in_flight&) = delete;

 private:
  counters& counted_;
};

}  // namespace

session::session(http::front& front, http::socket peer, bool local)
    : served_connection(std::move(peer), local ? tls_context() : front.tls.get()), front_(front) {
  request_.local = local;
}

void session::start() {
  net::co_spawn(
      peer_.get_executor(), [self = self()] { return self->run(); },
      [self = self()](std::exception_ptr failure) {
        self->peer_.close();
        --self->front_.counters.connections;
        self->front_.connections.remove(self.get());
        if (!failure) return;
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& error) {
          log(log_level::error, "http",
              std::string("a connection ended with an exception: ") + error.what());
        } catch (...) {
          log(log_level::error, "http", "a connection ended with an unknown exception");
        }
      });
}

// ---- the course of a connection -----------------------------------------------------------

awaitable<void> session::run() {
  // GCC 12 loses `this` when the co_await is in the condition of the loop.
  bool more = true;
  if (peer_.encrypted()) more = co_await shake_hands();
  while (more)
    more = co_await serve_one();
  if (peer_.is_open() && !aborted_) co_await linger();
}

awaitable<bool> session::shake_hands() {
  began_ = clock::now();
  enter(phase::handshake, front_.settings.header_timeout);
  const auto [error] = co_await peer_.handshake();
  if (!error) co_return true;
  front_.counters.count(refusal::tls_handshake);
  if (is_plain_http(error)) {
    peer_.give_up_tls();
    refuse(refusal::malformed,
           {problem_code::bad_request, "this port speaks HTTPS: begin the URL with https://"});
    co_await write_answer();
  }
  co_return false;
}

awaitable<bool> session::serve_one() {
  begin_request();
  arrival head = co_await receive_header();
  if (head == arrival::gone) co_return false;
  const in_flight counted(front_.counters);
  if (head == arrival::refused) co_return co_await write_answer();

  const routing found = route(request_);
  std::optional<problem> refused = refusal_of(found);
  if (!refused) refused = authorise(front_, *found.endpoint, request_, response_);
  if (response_.wrong_key) co_await hold_back();
  response_.allow = found.allow;
  if (found.endpoint) route_ = place_of(*found.endpoint);
  if (must_answer_before_body(refused)) response_.close = true;
  else if (!parser_->is_done()) {
    if (!request_.expect.empty() && !co_await write_continue()) co_return false;
    if (!refused && found.endpoint->open_stream != nullptr)
      co_return co_await serve_lines(*found.endpoint);
    const arrival content = co_await receive_body();
    if (content == arrival::gone) co_return false;
    if (content == arrival::refused) co_return co_await write_answer();
  }
  request_.body = body_;
  if (refused) {
    write_problem(response_, *refused, request_.id);
  } else if (found.endpoint->open_push != nullptr) {
    co_return co_await serve_push(*found.endpoint);
  } else {
    co_await handle(*found.endpoint);
    // A sign-in with a wrong key.
    if (response_.wrong_key) co_await hold_back();
    note_change(*found.endpoint, request_, response_);
    co_await write_audit(*found.endpoint);
  }
  co_return co_await write_answer();
}

void session::begin_request() {
  response_.clear();
  if (body_.capacity() > kept_memory) std::string().swap(body_);
  if (output_.capacity() > kept_memory) std::string().swap(output_);
  if (input_.size() == 0 && input_.capacity() > kept_memory) input_ = {};
  body_.clear();
  parser_.reset();
  scan_.reset();
  route_ = counters::max_routes;
}

void session::enter(phase next, std::chrono::milliseconds at_most) {
  phase_ = next;
  timed_out_ = false;
  due_in(at_most);
}

// ---- receiving ----------------------------------------------------------------------------

awaitable<error_code> session::receive(std::size_t most) {
  const auto [error, size] = co_await peer_.read_some(input_.prepare(most));
  input_.commit(size);
  co_return error;
}

awaitable<session::arrival> session::receive_header() {
  const std::size_t most = front_.settings.max_header_bytes;
  enter(phase::idle, front_.settings.idle_timeout);
  for (;;) {
    if (input_.size() > 0) {
      if (phase_ == phase::idle) {
        began_ = clock::now();
        enter(phase::header, front_.settings.header_timeout);
      }
      const auto state = scan_.feed(view(input_));
      const bool complete = state == header_scan::state::complete;
      if (complete ? scan_.size() > most
                   : state == header_scan::state::more && input_.size() > most)
        co_return refuse(boost::beast::http::error::header_limit);
      if (complete) co_return parse_header();
      if (state != header_scan::state::more)
        co_return refuse(refusal::malformed,
                         {problem_code::bad_request, std::string(sentence_for(state))});
    }
    if (co_await receive(header_block)) co_return interrupted();
  }
}

void session::take_request_id(std::string_view wished) {
  if (usable_request_id(wished)) request_.id = wished;
  else make_request_id(request_.id);
}

session::arrival session::parse_header() {
  header_.assign(view(input_).substr(scan_.skipped(), scan_.size() - scan_.skipped()));
  input_.consume(scan_.size());
  request_.forget();
  parser_.emplace(request_, body_, front_.settings.max_body_bytes, front_.common.sources.get());
  error_code error;
  parser_->put(net::buffer(header_), error);
  // A header that is refused was read up to what is wrong with it.
  take_request_id(error ? find_request_id(header_) : parser_->client_request_id());
  return error ? refuse(error) : arrival::complete;
}

awaitable<session::arrival> session::receive_body() {
  enter(phase::body, front_.settings.body_timeout);
  std::size_t wanted = 1;
  while (!parser_->is_done()) {
    if (input_.size() < wanted) {
      if (co_await receive(body_block)) co_return interrupted();
      continue;
    }
    error_code error;
    wanted = parse_body(error);
    if (error) co_return refuse(error);
  }
  co_return arrival::complete;
}

std::size_t session::parse_body(error_code& error) {
  // After "need_more" nothing is tried again before there is more, and never with fewer bytes than
  // any end of a chunked body has ("0", CRLF, CRLF): Beast 1.81 asserts that in debug builds.
  constexpr std::size_t shortest_end = 5;
  input_.consume(parser_->put(input_.data(), error));
  if (error != boost::beast::http::error::need_more) return 1;
  error = {};
  if (input_.size() > max_chunk_header) error = boost::beast::http::error::bad_chunk;
  return std::max(shortest_end, input_.size() + 1);
}

session::arrival session::refuse(refusal why, const problem& what) {
  front_.counters.count(why);
  if (!parser_) take_request_id(find_request_id(view(input_)));
  write_problem(response_, what, request_.id);
  response_.close = true;
  return arrival::refused;
}

session::arrival session::refuse(error_code error) {
  const problem what = to_problem(error);
  const refusal why = what.code == problem_code::body_too_large     ? refusal::body_too_large
                      : what.code == problem_code::header_too_large ? refusal::header_too_large
                                                                    : refusal::malformed;
  return refuse(why, what);
}

session::arrival session::interrupted() {
  if (!timed_out_ || phase_ == phase::idle || aborted_) return arrival::gone;
  return refuse(
      refusal::request_timeout,
      {problem_code::request_timeout, phase_ == phase::header ? "the header did not arrive in time"
                                                              : "the body did not arrive in time"});
}

// ---- answering ----------------------------------------------------------------------------

std::optional<problem> session::refusal_of(const routing& found) const {
  if (found.refused) return found.refused;
  if (front_.draining.load() && !found.endpoint->while_draining) {
    front_.counters.count(refusal::draining);
    return draining_problem();
  }
  if (front_.common.drained.load() && begins_work(*found.endpoint)) {
    front_.counters.count(refusal::draining);
    return drained_problem();
  }
  if (!request_.expect.empty() && !equals_ignoring_case(request_.expect, "100-continue"))
    return problem{problem_code::expectation_failed, "only 100-continue can be expected"};
  return std::nullopt;
}

/// RFC 9110, 10.1.1: who waits for a 100 is told the final status at once. So is everybody while
/// the server stops, and who has no key or asks too much of it: their bodies are not worth taking.
/// Others send their body anyway, and the connection can go on after it.
bool session::must_answer_before_body(const std::optional<problem>& refused) const {
  if (!refused || parser_->is_done()) return false;
  return !request_.expect.empty() || refused->code == problem_code::draining ||
         refused->code == problem_code::unauthorized ||
         refused->code == problem_code::rate_limited || parser_->takes_lines();
}

awaitable<void> session::handle(const endpoint& at) {
  enter(phase::answering, front_.settings.request_timeout);
  exchange x(request_, response_, front_.gateway, front_.counters, front_.draining.load(),
             front_.exposure, front_.common, *front_.overview);
  // Routes do not throw to say something: this is the last line against a fault in one.
  std::string fault;
  try {
    http::handle(at, x);
  } catch (const std::exception& error) {
    fault = error.what();
  }
  if (x.call && fault.empty()) {
    const bool in_time = co_await wait_for(*x.call);
    try {
      if (in_time) x.call->answer(request_, response_);
      else x.fail(timeout_problem());
    } catch (const std::exception& error) {
      fault = error.what();
    }
    if (!in_time) ++front_.counters.timeouts;
  }
  if (fault.empty()) co_return;
  const log_field fields[]{{"request_id", request_.id}};
  log(log_level::error, "http", std::string(at.pattern) + " failed: " + fault, fields);
  response_.clear();
  x.fail({problem_code::internal, "the server has logged what happened"});
}

awaitable<bool> session::wait_for(pending_call& call) {
  co_return co_await wait_([this, &call](std::uint64_t id) {
    call.start(front_.gateway,
               [back = front_.back, waiting = weak_from_this(), id] { back->wake(waiting, id); });
  });
}

awaitable<void> session::hold_back() {
  const auto verdict = front_.wrong_keys.note(front_.connections.address_of(this), clock::now());
  if (verdict.ends) response_.close = true;
  if (verdict.wait.count() == 0 || front_.draining.load()) co_return;
  ++front_.counters.held_back;
  enter(phase::answering, verdict.wait + front_.settings.request_timeout);
  http::timer until(peer_.get_executor(), verdict.wait);
  co_await until.async_wait(as_result);
}

awaitable<bool> session::write_answer() {
  const bool malformed = !parser_;
  if (!malformed && request_.source) finish_source_request(request_, response_);
  const bool close =
      response_.close || malformed || !parser_->keep_alive() || front_.draining.load();
  const framing how{request_.id, !malformed && request_.method == method::head, close,
                    !malformed && parser_->is_http_1_0()};
  response_.close = close;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began_);
  note_answer(front_.counters, route_, response_.status, took, request_.id);
  output_.clear();
  append_response(output_, response_, how);
  // A client that reads slowly holds one copy of a large answer and not two.
  if (response_.body.capacity() > kept_memory) std::string().swap(response_.body);
  enter(phase::writing, front_.settings.write_timeout);
  const auto [error, size] = co_await peer_.write(net::buffer(output_));
  if (error) peer_.close();
  co_return !error && !close;
}

awaitable<bool> session::write_continue() {
  // RFC 9110, 10.1.1: not to HTTP/1.0, and not when the content has begun to arrive.
  if (parser_->is_http_1_0() || input_.size() > 0) co_return true;
  static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
  enter(phase::writing, front_.settings.write_timeout);
  const auto [error, size] = co_await peer_.write(net::buffer(line.data(), line.size()));
  co_return !error;
}

awaitable<void> session::linger() {
  enter(phase::lingering, linger_timeout);
  // Its error says only that the client was faster, or has more to say; that is counted below.
  if (peer_.encrypted()) co_await peer_.close_notify();
  peer_.shutdown_send();
  error_code error;
  std::size_t seen = 0;
  while (!error && seen < max_lingering_bytes) {
    input_.clear();
    error = co_await receive(body_block);
    seen += input_.size();
  }
}

}  // namespace postrider::http
