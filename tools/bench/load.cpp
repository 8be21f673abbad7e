#include "tools/bench/load.hpp"

#include "tools/bench/answer_reader.hpp"
#include "tools/bench/mail_exchange.hpp"

#include <algorithm>
#include <csignal>

namespace postrider::bench {

using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds tick_interval(50);

std::unique_ptr<conversation> conversation_with(load_target target) {
  if (target == load_target::mail) return std::make_unique<mail_exchange>();
  return std::make_unique<answer_reader>();
}

unsigned accepted_status(load_target target) {
  switch (target) {
    case load_target::postrider: return 202;
    case load_target::mail: return 250;
    case load_target::signal: break;
  }
  return 200;
}

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

}  // namespace

std::int64_t monotonic_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

load::load(const options& o, history& to, std::vector<process_record>& processes)
    : options_(o),
      history_(to),
      processes_(processes),
      due_timer_(io_),
      tick_timer_(io_),
      signals_(io_, SIGINT, SIGTERM),
      request_(o),
      accepted_status_(accepted_status(o.target)),
      begin_ns_(monotonic_ns()),
      work_(o, begin_ns_) {
  for (unsigned i = 0; i < o.connections; ++i)
    connections_.push_back(
        std::make_unique<connection>(io_, o.url.endpoint, *this, conversation_with(o.target)));
}

load_result load::run() {
  signals_.async_wait([this](error_code ec, int) {
    if (!ec) work_.stop();
  });
  for (auto& each : connections_)
    each->connect();
  tick();
  io_.run();
  for (const job& what : work_.take_waiting())
    finish(what, final_state::refused, {});
  result_.started = work_.started();
  history_.flush();
  return std::move(result_);
}

void load::on_connected(connection& which) {
  if (!start_next(which)) idle_.push_back(&which);
  arm_timer(work_.next_due_ns());
}

void load::on_connect_failed() {
  ++result_.connect_failures;
  if (options_.stop_on_disconnect) work_.stop();
}

void load::on_answer(connection& which, const job& what, const answer& got) {
  const std::int64_t now = monotonic_ns();
  result_.last_answer_ns = now;
  if (got.status == accepted_status_) {
    result_.latency.add(std::chrono::nanoseconds(now - what.start_ns));
    finish(what, final_state::ok, got);
  } else if ((got.status == 503 || got.status == 429) && got.retry_after_s > 0) {
    ++result_.refusals;
    work_.retry(what, now + nanoseconds(got.retry_after_s));
  } else if (got.status == 503) {
    // Without Retry-After the message may have been stored.
    finish(what, final_state::unknown, got);
  } else {
    ++result_.error_statuses[got.status];
    finish(what, final_state::error, got);
  }
  if (which.is_ready() && !start_next(which)) idle_.push_back(&which);
  if (!idle_.empty()) pump();
}

void load::on_lost(connection& which, const std::optional<job>& what) {
  ++result_.disconnects;
  std::erase(idle_, &which);
  if (what) finish(*what, final_state::unknown, {});
  if (options_.stop_on_disconnect) work_.stop();
}

bool load::start_next(connection& which) {
  const std::int64_t now = monotonic_ns();
  const std::optional<job> next = work_.take(now);
  if (!next) return false;
  request_.write_request(*next, which.text());
  if (result_.first_send_ns == 0) result_.first_send_ns = now;
  if (!which.send(*next, now)) work_.give_back(*next);
  return true;
}

void load::pump() {
  while (!idle_.empty()) {
    connection* which = idle_.back();
    if (!start_next(*which)) break;
    idle_.pop_back();
  }
  if (!idle_.empty()) arm_timer(work_.next_due_ns());
}

void load::arm_timer(std::int64_t due_ns) {
  if (due_ns == workload::never || due_ns == armed_ns_) return;
  armed_ns_ = due_ns;
  due_timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(due_ns)));
  due_timer_.async_wait([this](error_code ec) {
    if (ec) return;
    armed_ns_ = workload::never;
    pump();
  });
}

// Looks after all that need not be exact: timeouts, the middle of the run, its end.
void load::tick() {
  const std::int64_t now = monotonic_ns();
  for (auto& each : connections_)
    each->abandon_if_older(now - nanoseconds(options_.timeout_s));
  const bool half_sent = options_.count > 0 && work_.started() * 2 >= options_.count;
  if (!middle_sampled_ && (half_sent || now - begin_ns_ >= nanoseconds(options_.duration_s / 2))) {
    middle_sampled_ = true;
    for (process_record& each : processes_)
      each.sample(&process_record::middle);
  }
  end_if_over(now);
  if (io_.stopped()) return;
  tick_timer_.expires_after(tick_interval);
  tick_timer_.async_wait([this](error_code ec) {
    if (!ec) tick();
  });
}

void load::end_if_over(std::int64_t now_ns) {
  if (!work_.is_over(now_ns)) return;
  const bool waits = std::any_of(connections_.begin(), connections_.end(),
                                 [](const auto& each) { return each->is_busy(); });
  if (waits) return;
  for (auto& each : connections_)
    each->stop();
  io_.stop();
}

void load::finish(const job& what, final_state state, const answer& got) {
  work_.finish();
  switch (state) {
    case final_state::ok: ++result_.ok; break;
    case final_state::refused: ++result_.refused; break;
    case final_state::error: ++result_.errors; break;
    case final_state::unknown: ++result_.unknown; break;
  }
  if (history_.is_kept()) write_history(what, state, got);
}

void load::write_history(const job& what, final_state state, const answer& got) {
  message_.clear();
  request_.append_message(what, message_);
  const std::string_view id =
      state == final_state::ok ? message_id_in(got.body) : std::string_view();
  history_.add(what.seq, message_, state, got.status, id);
}

}  // namespace postrider::bench
