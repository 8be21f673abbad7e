#include "actors/providers/transfer/smtp_transfer_engine.hpp"

#include "actors/providers/transfer/curl_handle.hpp"
#include "actors/providers/transfer/smtp_session.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace postrider::actors {
namespace {

using clock = smtp_session::clock;

class smtp_transfer_engine final : public transfer_engine {
 public:
  explicit smtp_transfer_engine(smtp_transfer_settings settings);
  ~smtp_transfer_engine() override;
  void perform(transfer_request request, completion done) override;
  stream_end listen(transfer_request request, stream_data on_data, completion on_end) override;

 private:
  struct job {
    transfer_request request;
    completion done;
    clock::time_point deadline;
  };
  struct group {
    std::deque<job> waiting;
    std::condition_variable wanted;
    std::size_t threads = 0;
    std::size_t idle = 0;
  };
  struct worker {
    explicit worker(std::chrono::seconds max_idle_age) : session(max_idle_age) {}
    smtp_session session;
    std::thread thread;
    bool ended = false;  ///< it needs no lock any more
  };

  void start_worker(const std::string& name, group& of);
  void work(const std::string& name, worker& self);
  std::optional<job> wait_for_job(group& of, std::unique_lock<std::mutex>& lock);
  void keep_time();
  std::vector<job> take_late(bool all);
  std::list<worker> take_ended();
  std::optional<clock::time_point> next_deadline() const;

  smtp_transfer_settings settings_;
  std::mutex mutex_;
  std::map<std::string, group> groups_;
  std::list<worker> workers_;
  bool stopping_ = false;
  std::condition_variable time_;
  /// Answers what waits for a connection for too long, and joins threads that have ended.
  std::thread timekeeper_;
};

smtp_transfer_engine::smtp_transfer_engine(smtp_transfer_settings settings) : settings_(settings) {
  initialise_curl();
  timekeeper_ = std::thread([this] { keep_time(); });
}

smtp_transfer_engine::~smtp_transfer_engine() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& each : workers_)
      each.session.stop();
    for (auto& [name, of] : groups_)
      of.wanted.notify_all();
    time_.notify_one();
  }
  timekeeper_.join();
  for (auto& each : workers_)
    each.thread.join();
}

void smtp_transfer_engine::perform(transfer_request request, completion done) {
  const auto deadline = clock::now() + request.timeout;
  const std::lock_guard lock(mutex_);
  const auto name = request.group;
  const auto limit = static_cast<std::size_t>(std::max(request.max_connections, 1));
  auto& of = groups_[name];
  of.waiting.push_back({std::move(request), std::move(done), deadline});
  if (of.idle < of.waiting.size() && of.threads < limit) start_worker(name, of);
  of.wanted.notify_one();
  // Only what no thread takes at once can become late.
  if (of.idle < of.waiting.size()) time_.notify_one();
}

/// Only HTTP has streams; the request has no `mail`, and is refused for that.
transfer_engine::stream_end smtp_transfer_engine::listen(transfer_request request, stream_data,
                                                         completion on_end) {
  request.mail.reset();
  perform(std::move(request), std::move(on_end));
  return [] {};
}

/// When the system has no more threads the job waits for those that there are, or for its deadline.
void smtp_transfer_engine::start_worker(const std::string& name, group& of) {
  auto& added = workers_.emplace_back(settings_.max_idle_age);
  try {
    added.thread = std::thread([this, name, &added] { work(name, added); });
    ++of.threads;
  } catch (const std::system_error&) {
    workers_.pop_back();
  }
}

void smtp_transfer_engine::work(const std::string& name, worker& self) {
  std::unique_lock lock(mutex_);
  auto& of = groups_.at(name);
  while (auto next = wait_for_job(of, lock)) {
    lock.unlock();
    next->done(self.session.perform(next->request, next->deadline));
    next.reset();
    lock.lock();
  }
  if (--of.threads == 0 && of.waiting.empty()) groups_.erase(name);
  lock.unlock();
  self.session.close();
  lock.lock();
  self.ended = true;
  time_.notify_one();
}

std::optional<smtp_transfer_engine::job> smtp_transfer_engine::wait_for_job(
    group& of, std::unique_lock<std::mutex>& lock) {
  ++of.idle;
  const bool wanted = of.wanted.wait_for(lock, settings_.max_idle_age,
                                         [&] { return stopping_ || !of.waiting.empty(); });
  --of.idle;
  if (!wanted || stopping_) return std::nullopt;
  auto next = std::move(of.waiting.front());
  of.waiting.pop_front();
  return next;
}

// ---- time --------------------------------------------------------------------------------------

void smtp_transfer_engine::keep_time() {
  std::unique_lock lock(mutex_);
  for (bool last = false; !last;) {
    last = stopping_;
    auto late = take_late(last);
    // At the end the destructor joins them all.
    auto ended = last ? std::list<worker>() : take_ended();
    lock.unlock();
    for (auto& each : late) {
      transfer_result result;
      result.error = last ? transfer_error::shutdown : transfer_error::timeout;
      result.error_text = last ? "the server was stopped" : "no connection became free in time";
      each.done(std::move(result));
    }
    for (auto& each : ended)
      each.thread.join();
    lock.lock();
    if (last || stopping_) continue;
    if (const auto next = next_deadline()) {
      time_.wait_until(lock, *next);
    } else if (std::none_of(workers_.begin(), workers_.end(),
                            [](const auto& each) { return each.ended; })) {
      time_.wait(lock);
    }
  }
}

std::vector<smtp_transfer_engine::job> smtp_transfer_engine::take_late(bool all) {
  std::vector<job> late;
  const auto now = clock::now();
  for (auto& [name, of] : groups_) {
    for (auto at = of.waiting.begin(); at != of.waiting.end();) {
      if (!all && at->deadline > now) {
        ++at;
        continue;
      }
      late.push_back(std::move(*at));
      at = of.waiting.erase(at);
    }
  }
  return late;
}

std::list<smtp_transfer_engine::worker> smtp_transfer_engine::take_ended() {
  std::list<worker> ended;
  for (auto at = workers_.begin(); at != workers_.end();) {
    const auto each = at++;
    if (each->ended) ended.splice(ended.end(), workers_, each);
  }
  return ended;
}

std::optional<clock::time_point> smtp_transfer_engine::next_deadline() const {
  std::optional<clock::time_point> next;
  for (const auto& [name, of] : groups_)
    for (const auto& each : of.waiting)
      if (!next || each.deadline < *next) next = each.deadline;
  return next;
}

}  // namespace

std::unique_ptr<transfer_engine> make_smtp_transfer_engine(smtp_transfer_settings settings) {
  return std::make_unique<smtp_transfer_engine>(settings);
}

}  // namespace postrider::actors
