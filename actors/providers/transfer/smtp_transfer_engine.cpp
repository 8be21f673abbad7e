#include "actors/providers/transfer/smtp_transfer_engine.hpp"

#include "actors/providers/transfer/smtp/mail_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace postrider::actors {
namespace {

namespace net = wire::net;
using smtp::exchange;
using smtp::mail_group;

constexpr const char* why_stopped = "the server was stopped";

/// Hands the callers' messages over to the loop's thread, and shares out the connections there.
class smtp_transfer_engine final : public transfer_engine, private wire::expiring {
 public:
  smtp_transfer_engine(smtp_transfer_settings settings, std::shared_ptr<wire::loop> on)
      : settings_(settings), loop_(std::move(on)) {}
  ~smtp_transfer_engine() override;
  void perform(transfer_request request, completion done) override;
  stream_end listen(transfer_request request, stream_data on_data, completion on_end) override;

 private:
  struct queued {
    transfer_request request;
    completion done;
  };
  struct running {
    std::shared_ptr<exchange> message;
    /// Its turn is given back; it may still say goodbye.
    bool over = false;
  };

  void take_queued();
  void begin(queued next);
  void give_turns(const std::string& name);
  void start(const std::string& name, mail_group::turn turn);
  void end(const std::string& name, exchange& ended);
  void close(std::unique_ptr<smtp::connection> idle);
  void on_deadline() override;
  void watch_idle();
  void stop();
  void end_if_idle();

  smtp_transfer_settings settings_;
  std::shared_ptr<wire::loop> loop_;
  std::mutex mutex_;
  std::vector<queued> queue_;
  bool is_told_ = false;

  // Only on the loop's thread.
  std::map<std::string, mail_group> groups_;
  std::unordered_map<exchange*, running> running_;
  bool stopping_ = false;
  bool is_over_ = false;
  std::promise<void> ended_;
};

smtp_transfer_engine::~smtp_transfer_engine() {
  net::post(loop_->executor, [this] { stop(); });
  ended_.get_future().wait();
}

void smtp_transfer_engine::perform(transfer_request request, completion done) {
  const std::lock_guard lock(mutex_);
  queue_.push_back({std::move(request), std::move(done)});
  // Once for all that is queued until the thread comes round.
  if (!std::exchange(is_told_, true)) net::post(loop_->executor, [this] { take_queued(); });
}

/// Only HTTP has streams; the request has no `mail`, and is refused for that.
transfer_engine::stream_end smtp_transfer_engine::listen(transfer_request request, stream_data,
                                                         completion on_end) {
  request.mail.reset();
  perform(std::move(request), std::move(on_end));
  return [] {};
}

void smtp_transfer_engine::take_queued() {
  std::vector<queued> begun;
  {
    const std::lock_guard lock(mutex_);
    begun.swap(queue_);
    is_told_ = false;
  }
  for (auto& next : begun)
    begin(std::move(next));
  end_if_idle();
}

void smtp_transfer_engine::begin(queued next) {
  auto refusal = smtp::refusal_of(next.request);
  const auto name = next.request.group;
  const auto message =
      std::make_shared<exchange>(*loop_, std::move(next.request), std::move(next.done));
  if (stopping_) return message->interrupt(transfer_error::shutdown, why_stopped);
  if (!refusal.empty()) return message->interrupt(transfer_error::bad_request, std::move(refusal));
  groups_[name].add(message);
  give_turns(name);
}

void smtp_transfer_engine::give_turns(const std::string& name) {
  const auto found = groups_.find(name);
  if (found == groups_.end() || stopping_) return;
  while (auto turn = found->second.next_turn())
    start(name, std::move(*turn));
  if (found->second.is_empty()) groups_.erase(found);
}

void smtp_transfer_engine::start(const std::string& name, mail_group::turn turn) {
  if (turn.displaced) close(std::move(turn.displaced));
  auto* message = turn.message.get();
  running_.emplace(message, running{turn.message});
  auto before_answer = [this, name](exchange& ended) { end(name, ended); };
  net::co_spawn(loop_->executor, message->run(std::move(turn.kept), std::move(before_answer)),
                [this, name, message](std::exception_ptr failure) {
                  if (failure) message->give_up(wire::text_of(failure));
                  if (failure) end(name, *message);
                  running_.erase(message);
                  give_turns(name);
                  end_if_idle();
                });
}

/// Before the caller has its answer, so that its next message finds the connection.
void smtp_transfer_engine::end(const std::string& name, exchange& ended) {
  if (std::exchange(running_.at(&ended).over, true)) return;
  auto served = ended.take_connection();
  if (stopping_ && served) close(std::move(served));
  const auto found = groups_.find(name);
  if (found == groups_.end()) return;
  found->second.ended(std::move(served));
  watch_idle();
}

void smtp_transfer_engine::close(std::unique_ptr<smtp::connection> idle) {
  std::shared_ptr<smtp::connection> leaving(std::move(idle));
  net::co_spawn(loop_->executor, smtp::say_goodbye(loop_->executor, leaving), net::detached);
}

// ---- time --------------------------------------------------------------------------------------

void smtp_transfer_engine::watch_idle() {
  if (stopping_) return;
  std::optional<wire::clock::time_point> oldest;
  for (const auto& [name, group] : groups_)
    if (const auto since = group.oldest_idle(); since && (!oldest || *since < *oldest))
      oldest = since;
  if (oldest) loop_->deadlines.set(*this, *oldest + settings_.max_idle_age);
}

void smtp_transfer_engine::on_deadline() {
  const auto limit = wire::clock::now() - settings_.max_idle_age;
  for (auto at = groups_.begin(); at != groups_.end();) {
    while (auto old = at->second.take_older_than(limit))
      close(std::move(old));
    at = at->second.is_empty() ? groups_.erase(at) : std::next(at);
  }
  watch_idle();
}

void smtp_transfer_engine::stop() {
  stopping_ = true;
  loop_->deadlines.clear(*this);
  for (auto& [name, group] : groups_) {
    for (const auto& message : group.take_waiting())
      message->interrupt(transfer_error::shutdown, why_stopped);
    while (auto idle = group.take_older_than(wire::clock::time_point::max()))
      close(std::move(idle));
  }
  for (const auto& [message, owner] : running_)
    message->interrupt(transfer_error::shutdown, why_stopped);
  end_if_idle();
}

/// An answer may have led to another message, for which take_queued() is on its way.
void smtp_transfer_engine::end_if_idle() {
  if (!stopping_ || !running_.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (is_told_ || std::exchange(is_over_, true)) return;
  }
  ended_.set_value();
}

}  // namespace

std::unique_ptr<transfer_engine> make_smtp_transfer_engine(smtp_transfer_settings settings,
                                                           std::shared_ptr<wire::loop> on) {
  return std::make_unique<smtp_transfer_engine>(settings, std::move(on));
}

std::unique_ptr<transfer_engine> make_smtp_transfer_engine(smtp_transfer_settings settings) {
  return make_smtp_transfer_engine(settings, std::make_shared<wire::loop>());
}

}  // namespace postrider::actors
