#include "http/authorisation.hpp"
#include "http/connection/line_splitter.hpp"
#include "http/connection/line_stream.hpp"
#include "http/connection/session.hpp"
#include "http/json/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::http {
namespace {

using boost::system::error_code;

constexpr std::size_t stream_block = 64 * 1024;

problem too_many_lines() {
  return {problem_code::body_too_large,
          fmt::format("a request has at most {} lines; this one and those after it were not read",
                      stream_limits::max_lines)};
}

problem draining_line_problem() {
  return {problem_code::draining,
          "this server takes no new work; this line and those after it were not read"};
}

problem late_problem() {
  return {problem_code::request_timeout,
          "this line and those after it did not arrive in time and were not read"};
}

problem stuck_problem() {
  return {problem_code::timeout,
          "lines before it got no answer in time; this line and those after it were not read"};
}

}  // namespace

/// One request on its way. The lines that were read are in the session's body.
struct session::streaming {
  streaming(std::unique_ptr<line_stream> to, std::string& body, std::size_t max_line_bytes)
      : stream(std::move(to)), splitter(body, max_line_bytes) {}

  std::unique_ptr<line_stream> stream;
  line_splitter splitter;
  std::size_t lines = 0;
  const clock::time_point until = clock::now() + stream_limits::max_time;
  /// Why nothing is read any more.
  std::optional<problem> ended;
  bool begun = false;
};

awaitable<bool> session::serve_lines(const endpoint& at) {
  streaming now(at.open_stream(request_), body_, front_.settings.max_body_bytes);
  bool more = true;
  while (more) {
    take_lines(now);
    if (!now.stream->empty()) {
      co_await answer_chunk(now);
      more = co_await write_lines(now, false);
      if (!more) co_return false;
    } else if (now.ended || parser_->is_done()) {
      more = false;
    } else {
      const arrival some = co_await receive_lines(now);
      if (some == arrival::gone) co_return false;
    }
  }
  if (now.begun) co_return co_await end_lines(now);
  // Nothing was answered yet, so the status can still say what is wrong.
  if (now.ended) {
    write_problem(response_, *now.ended, request_.id);
    response_.close = true;
  } else {
    co_await handle(at);
  }
  co_return co_await write_answer();
}

/// Gives the stream what has arrived in whole lines.
void session::take_lines(streaming& now) {
  now.splitter.compact();
  while (!now.stream->full() && !now.ended) {
    const auto next = now.splitter.next(parser_->is_done());
    if (next.what == line_splitter::found::nothing) return;
    if (now.lines == stream_limits::max_lines) {
      now.ended = too_many_lines();
      return;
    }
    // The request itself was let in for its first line.
    auto refused = now.lines == 0 ? std::nullopt : authorise_line(front_, request_);
    if (refused && refused->code != problem_code::rate_limited) {
      now.ended = std::move(refused);
      return;
    }
    ++now.lines;
    if (refused) now.stream->refuse(std::move(*refused));
    else if (next.what == line_splitter::found::line) now.stream->add(next.line);
    else now.stream->add_too_long();
  }
}

awaitable<session::arrival> session::receive_lines(streaming& now) {
  const std::size_t before = body_.size();
  std::size_t wanted = 1;
  while (!now.ended && !parser_->is_done() && body_.size() == before) {
    error_code error;
    if (input_.size() >= wanted) {
      wanted = parse_body(error);
      if (error) now.ended = to_problem(error);
    } else if (front_.draining.load() || front_.common.drained.load()) {
      now.ended = draining_line_problem();
    } else {
      enter(phase::lines, no_longer_than(front_.settings.body_timeout, now));
      error = co_await receive(stream_block);
      if (!error) continue;
      // The server stops: see end_if_idle.
      if (front_.draining.load() && peer_.is_open()) continue;
      if (!timed_out_ || aborted_) co_return arrival::gone;
      now.ended = late_problem();
    }
  }
  co_return arrival::complete;
}

awaitable<void> session::answer_chunk(streaming& now) {
  enter(phase::answering, front_.settings.request_timeout);
  const auto chunk = now.stream->take_chunk();
  const bool in_time = co_await wait_for(*chunk);
  response_.body.clear();
  chunk->answer(request_, response_);
  if (in_time) co_return;
  ++front_.counters.timeouts;
  now.ended = stuck_problem();
}

/// The last line says why the rest of the body was not read.
awaitable<bool> session::end_lines(streaming& now) {
  response_.body.clear();
  if (now.ended) {
    json_writer json(response_.body);
    write_problem(json, *now.ended, request_.id, now.lines + 1);
    response_.body += '\n';
    response_.close = true;
  }
  co_return co_await write_lines(now, true);
}

/// Appends what is answered now to the output, behind the head if it is the first.
void session::frame_lines(streaming& now, bool last) {
  const bool chunked = !parser_->is_http_1_0();
  output_.clear();
  if (!now.begun) {
    now.begun = true;
    response_.status = 200;
    response_.content_type = "application/x-ndjson";
    response_.close = !chunked || !parser_->keep_alive() || front_.draining.load();
    // Until its first line is answered; the others come as the client sends them.
    front_.counters.count_answer(
        route_, response_.status,
        std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began_));
    append_stream_head(output_, response_, {request_.id, false, response_.close, !chunked});
  }
  if (!chunked) output_ += response_.body;
  else append_chunk(output_, response_.body);
  if (chunked && last) output_ += last_chunk;
}

/// A client that reads slowly is waited for as long as it reads at all. False when the connection
/// has to end.
awaitable<bool> session::write_lines(streaming& now, bool last) {
  frame_lines(now, last);
  const bool taken = co_await write_output(&now);
  co_return taken && (!last || !response_.close);
}

awaitable<bool> session::write_output(const streaming* lines) {
  const auto limit = front_.settings.write_timeout;
  std::size_t written = 0;
  while (written < output_.size()) {
    enter(phase::writing, lines ? no_longer_than(limit, *lines) : limit);
    const auto [error, size] =
        co_await peer_.write_some(net::buffer(output_.data() + written, output_.size() - written));
    written += size;
    if (!error) continue;
    peer_.close();
    co_return false;
  }
  output_.clear();
  co_return true;
}

std::chrono::milliseconds session::no_longer_than(std::chrono::milliseconds limit,
                                                  const streaming& now) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(now.until - clock::now());
  return std::min(limit, std::max(left, std::chrono::milliseconds(1)));
}

}  // namespace postrider::http
