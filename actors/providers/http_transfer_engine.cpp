#include "actors/providers/http_transfer_engine.hpp"

#include "actors/providers/http_transfer.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <vector>

namespace postrider::actors {
namespace {

using clock = std::chrono::steady_clock;

struct curl_multi_deleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};

class file_descriptor {
 public:
  file_descriptor(int fd, const char* what) : fd_(fd) {
    if (fd < 0) throw std::runtime_error(std::string("cannot make ") + what);
  }
  ~file_descriptor() { ::close(fd_); }
  file_descriptor(const file_descriptor&) = delete;
  file_descriptor& operator=(const file_descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// libcurl tells which sockets to watch and when to wake it; epoll does it, so that the cost of a transfer does
/// not grow with the number of those that wait (curl_multi_socket_action).
class http_transfer_engine final : public transfer_engine {
 public:
  explicit http_transfer_engine(http_transfer_settings settings);
  ~http_transfer_engine() override;
  void perform(transfer_request request, completion done) override;

 private:
  struct queued {
    transfer_request request;
    completion done;
  };

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM*, long timeout_ms, void* self);

  void run();
  void wait();
  void begin_queued();
  void begin(queued next);
  void end_finished();
  void end_all();
  int wait_ms() const;
  void wake();

  http_transfer_settings settings_;
  std::unique_ptr<CURLM, curl_multi_deleter> multi_;
  file_descriptor epoll_;
  file_descriptor wakeup_;
  std::optional<clock::time_point> timer_;
  std::unordered_map<CURL*, std::unique_ptr<http_transfer>> running_;
  /// Handles to be used again; at most as many as were ever in flight at one time.
  std::vector<std::unique_ptr<http_transfer>> idle_;

  std::mutex mutex_;
  std::vector<queued> queue_;
  bool wakeup_sent_ = false;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

void check_curl() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

http_transfer_engine::http_transfer_engine(http_transfer_settings settings)
    : settings_(settings),
      multi_((check_curl(), curl_multi_init())),
      epoll_(epoll_create1(EPOLL_CLOEXEC), "an epoll descriptor"),
      wakeup_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "an event descriptor") {
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &http_transfer_engine::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &http_transfer_engine::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, settings_.max_idle_connections);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wakeup_.get();
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event);
  thread_ = std::thread([this] { run(); });
}

http_transfer_engine::~http_transfer_engine() {
  stopping_ = true;
  wake();
  thread_.join();
}

void http_transfer_engine::perform(transfer_request request, completion done) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(request), std::move(done)});
    first = !std::exchange(wakeup_sent_, true);
  }
  // One write for all that is queued until the thread comes round.
  if (first) wake();
}

void http_transfer_engine::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wakeup_.get(), &one, sizeof one);
}

void http_transfer_engine::run() {
  while (!stopping_) {
    wait();
    begin_queued();
    end_finished();
  }
  end_all();
}

int http_transfer_engine::wait_ms() const {
  if (!timer_) return 60'000;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*timer_ - clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void http_transfer_engine::wait() {
  epoll_event events[256];
  const int count = epoll_wait(epoll_.get(), events, 256, wait_ms());
  int running = 0;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.fd == wakeup_.get()) {
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto read = ::read(wakeup_.get(), &ignored, sizeof ignored);
      continue;
    }
    int what = 0;
    if (events[i].events & EPOLLIN) what |= CURL_CSELECT_IN;
    if (events[i].events & EPOLLOUT) what |= CURL_CSELECT_OUT;
    if (events[i].events & (EPOLLERR | EPOLLHUP)) what |= CURL_CSELECT_ERR;
    curl_multi_socket_action(multi_.get(), events[i].data.fd, what, &running);
  }
  if (timer_ && clock::now() >= *timer_) {
    timer_.reset();
    curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  }
}

int http_transfer_engine::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  auto& engine = *static_cast<http_transfer_engine*>(self);
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(engine.epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  event.data.fd = socket;
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  epoll_ctl(engine.epoll_.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
  curl_multi_assign(engine.multi_.get(), socket, &engine);
  return 0;
}

int http_transfer_engine::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& timer = static_cast<http_transfer_engine*>(self)->timer_;
  if (timeout_ms < 0) {
    timer.reset();
  } else {
    timer = clock::now() + std::chrono::milliseconds(timeout_ms);
  }
  return 0;
}

void http_transfer_engine::begin_queued() {
  std::vector<queued> next;
  {
    const std::lock_guard lock(mutex_);
    next.swap(queue_);
    wakeup_sent_ = false;
  }
  for (auto& item : next) begin(std::move(item));
}

void http_transfer_engine::begin(queued next) {
  std::unique_ptr<http_transfer> transfer;
  if (idle_.empty()) {
    transfer = std::make_unique<http_transfer>();
  } else {
    transfer = std::move(idle_.back());
    idle_.pop_back();
  }
  if (!transfer->begin(std::move(next.request), std::move(next.done), settings_.max_idle_age) ||
      curl_multi_add_handle(multi_.get(), transfer->handle()) != CURLM_OK) {
    transfer->end(CURLE_BAD_FUNCTION_ARGUMENT);
    idle_.push_back(std::move(transfer));
    return;
  }
  auto* handle = transfer->handle();
  running_.emplace(handle, std::move(transfer));
}

void http_transfer_engine::end_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    auto* handle = message->easy_handle;
    const auto code = message->data.result;
    auto node = running_.extract(handle);
    node.mapped()->end(code);
    curl_multi_remove_handle(multi_.get(), handle);
    idle_.push_back(std::move(node.mapped()));
  }
}

void http_transfer_engine::end_all() {
  for (auto& [handle, transfer] : running_) {
    transfer->end_by_shutdown();
    curl_multi_remove_handle(multi_.get(), handle);
  }
  running_.clear();
  for (auto& item : queue_) {
    transfer_result result;
    result.error = transfer_error::shutdown;
    result.error_text = "the server was stopped";
    item.done(std::move(result));
  }
}

}  // namespace

std::unique_ptr<transfer_engine> make_http_transfer_engine(http_transfer_settings settings) {
  return std::make_unique<http_transfer_engine>(settings);
}

}  // namespace postrider::actors
