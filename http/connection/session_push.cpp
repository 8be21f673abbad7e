#include "http/authorisation.hpp"
#include "http/connection/push_stream.hpp"
#include "http/connection/session.hpp"
#include "http/connection/session_problems.hpp"

namespace postrider::http {

/// Asks once and leaves the answer in the body. Nothing is wrong unless it returns a problem.
awaitable<std::optional<problem>> session::ask_push(push_stream& stream) {
  enter(phase::answering, front_.settings.request_timeout);
  response_.body.clear();
  const auto call = stream.next();
  const bool in_time = co_await wait_for(*call);
  if (!in_time) {
    ++front_.counters.timeouts;
    co_return timeout_problem();
  }
  call->answer(request_, response_);
  if (response_.status == 200) co_return std::nullopt;
  co_return problem{problem_code::unavailable, "the next events could not be read"};
}

awaitable<bool> session::serve_push(const endpoint& at) {
  exchange x(request_, response_, front_.gateway, front_.counters, front_.draining.load(),
             front_.exposure, front_.common, *front_.overview);
  const auto stream = at.open_push(x);
  if (!stream) co_return co_await write_answer();
  std::optional<problem> ended = co_await ask_push(*stream);
  if (ended) co_return co_await write_answer();
  begin_push(*stream);
  auto key_checked = clock::now();
  for (;;) {
    append_push();
    if (ended) output_ += parser_->is_http_1_0() ? "" : last_chunk;
    const bool taken = co_await write_output(nullptr);
    if (!taken || ended) co_return false;
    ended = co_await ask_push(*stream);
    if (!ended && (front_.draining.load() || front_.common.drained.load()))
      ended = draining_problem();
    if (!ended && clock::now() - key_checked >= push_stream::key_check) {
      key_checked = clock::now();
      ended = authorise_line(front_, request_);
      if (ended && ended->code == problem_code::rate_limited) ended.reset();
    }
    if (ended) stream->end(*ended, response_);
  }
}

/// The head of the answer. The connection ends with the stream.
void session::begin_push(const push_stream& stream) {
  response_.content_type = stream.content_type();
  response_.close = true;
  front_.counters.count_answer(
      route_, response_.status,
      std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began_));
  output_.clear();
  append_stream_head(output_, response_, {request_.id, false, true, parser_->is_http_1_0()});
}

void session::append_push() {
  if (parser_->is_http_1_0()) output_ += response_.body;
  else append_chunk(output_, response_.body);
}

}  // namespace postrider::http
