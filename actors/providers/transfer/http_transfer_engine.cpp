#include "actors/providers/transfer/http_transfer_engine.hpp"

#include "actors/providers/transfer/curl_handle.hpp"
#include "actors/providers/transfer/http_transfer.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
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

/// libcurl tells which sockets to watch and when to wake it; epoll does it, so that the cost of a
/// transfer does not grow with the number of those that wait (curl_multi_socket_action).
class http_transfer_engine final : public transfer_engine {
 public:
  explicit http_transfer_engine(http_transfer_settings settings);
  ~http_transfer_engine() override;
  void perform(transfer_request request, completion done) override;
  stream_end listen(transfer_request request, stream_data on_data, completion on_end) override;

 private:
  using stream_id = std::uint64_t;
  struct queued {
    transfer_request request;
    completion done;
    stream_data on_data;   ///< null: not a stream
    stream_id stream = 0;  ///< 0: not a stream
  };
  /// Outlives the engine in the functions that end its streams.
  struct shared_queue {
    std::mutex mutex;
    std::vector<queued> begun;
    std::vector<stream_id> ended;
    stream_id last_stream = 0;
    bool wakeup_sent = false;
    /// Null once the engine is gone.
    http_transfer_engine* engine = nullptr;
  };

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known);
  static int on_open(void* self, curl_socket_t socket, curlsocktype);
  static int on_close(void* self, curl_socket_t socket);
  static int on_timer(CURLM*, long timeout_ms, void* self);

  void run();
  void wait();
  void watch(curl_socket_t socket, std::uint32_t events);
  void unwatch(curl_socket_t socket);
  void disconnect(curl_socket_t socket);
  void configure(CURL* handle);
  void enqueue(queued next);
  void end_stream(stream_id stream, void (http_transfer::*how)());
  void end_silent_streams();
  void begin_queued();
  void begin(queued next);
  void end_finished();
  void end_all();
  int wait_ms() const;
  void wake();

  http_transfer_settings settings_;
  file_descriptor epoll_;
  file_descriptor wakeup_;
  /// The events that epoll watches and those that libcurl wants, by socket. libcurl wants nothing
  /// of an idle connection, and the same again with the next request. epoll hears only of real
  /// changes, because each is a system call.
  struct watched {
    /// True for a connection, whose end on_close reports. libcurl's resolver closes its sockets
    /// silently.
    bool connection = false;
    std::uint32_t known = 0;
    std::uint32_t wanted = 0;
  };
  std::unordered_map<curl_socket_t, watched> sockets_;
  /// Closes its sockets when it goes, and tells by on_close.
  std::unique_ptr<CURLM, curl_multi_deleter> multi_;
  std::optional<clock::time_point> timer_;
  std::unordered_map<CURL*, std::unique_ptr<http_transfer>> running_;
  std::unordered_map<stream_id, CURL*> streams_;
  /// Handles to be used again; at most as many as were ever in flight at one time.
  std::vector<std::unique_ptr<http_transfer>> idle_;

  std::shared_ptr<shared_queue> queue_ = std::make_shared<shared_queue>();
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

http_transfer_engine::http_transfer_engine(http_transfer_settings settings)
    : settings_(settings),
      epoll_(epoll_create1(EPOLL_CLOEXEC), "an epoll descriptor"),
      wakeup_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "an event descriptor"),
      multi_((initialise_curl(), curl_multi_init())) {
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &http_transfer_engine::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &http_transfer_engine::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, settings_.max_connections);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wakeup_.get();
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event);
  queue_->engine = this;
  thread_ = std::thread([this] { run(); });
}

http_transfer_engine::~http_transfer_engine() {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->engine = nullptr;
  }
  stopping_ = true;
  wake();
  thread_.join();
}

void http_transfer_engine::perform(transfer_request request, completion done) {
  enqueue({std::move(request), std::move(done), nullptr, 0});
}

transfer_engine::stream_end http_transfer_engine::listen(transfer_request request,
                                                         stream_data on_data, completion on_end) {
  stream_id id = 0;
  {
    const std::lock_guard lock(queue_->mutex);
    id = ++queue_->last_stream;
  }
  enqueue({std::move(request), std::move(on_end), std::move(on_data), id});
  return [queue = queue_, id] {
    const std::lock_guard lock(queue->mutex);
    if (!queue->engine) return;
    queue->ended.push_back(id);
    if (!std::exchange(queue->wakeup_sent, true)) queue->engine->wake();
  };
}

void http_transfer_engine::enqueue(queued next) {
  bool first = false;
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->begun.push_back(std::move(next));
    first = !std::exchange(queue_->wakeup_sent, true);
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
    end_silent_streams();
  }
  end_all();
}

int http_transfer_engine::wait_ms() const {
  auto next = timer_.value_or(clock::now() + std::chrono::minutes(1));
  for (const auto& [id, handle] : streams_)
    next = std::min(next, running_.at(handle)->silent_until());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock::now()).count();
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
    const auto known = sockets_.find(events[i].data.fd);
    if (known == sockets_.end()) continue;
    if (known->second.wanted == 0) {
      disconnect(events[i].data.fd);
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

int http_transfer_engine::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& engine = *static_cast<http_transfer_engine*>(self);
  std::uint32_t events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
  engine.watch(socket, events);
  return 0;
}

void http_transfer_engine::watch(curl_socket_t socket, std::uint32_t events) {
  auto& state = sockets_[socket];
  state.wanted = events;
  if (events == 0 && !state.connection) {
    unwatch(socket);
    sockets_.erase(socket);
    return;
  }
  // An idle connection that can be written to says nothing of its peer. libcurl 8 leaves it so,
  // 7.88 asked for readability last.
  if (events == 0 && (state.known & EPOLLOUT) == 0) return;
  if (events == 0) events = EPOLLIN;
  if (events == state.known) return;
  epoll_event event{};
  event.data.fd = socket;
  event.events = events;
  epoll_ctl(epoll_.get(), state.known == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
  state.known = events;
}

/// An event on a socket of which libcurl wants nothing now: the peer closed an idle connection, or
/// sent what nobody asked for, such as a 408 before it closes. libcurl 7.88 would take that for the
/// reply to the next request, and a connection that was reset for a good one. It finds one dead
/// that reads as ended, so that is made of it.
void http_transfer_engine::disconnect(curl_socket_t socket) {
  unwatch(socket);
  char ignored[4096];
  for (int i = 0; i < 16 && ::recv(socket, ignored, sizeof ignored, MSG_DONTWAIT) > 0; ++i) {
  }
  ::shutdown(socket, SHUT_RDWR);
}

void http_transfer_engine::unwatch(curl_socket_t socket) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
  sockets_[socket].known = 0;
}

int http_transfer_engine::on_open(void* self, curl_socket_t socket, curlsocktype) {
  static_cast<http_transfer_engine*>(self)->sockets_[socket] = watched{true, 0, 0};
  return CURL_SOCKOPT_OK;
}

int http_transfer_engine::on_close(void* self, curl_socket_t socket) {
  // The kernel forgets a closed socket by itself, and may give its number to another one.
  static_cast<http_transfer_engine*>(self)->sockets_.erase(socket);
  return ::close(socket);
}

void http_transfer_engine::configure(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, static_cast<long>(settings_.max_idle_age.count()));
  curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, &http_transfer_engine::on_open);
  curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, this);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, &http_transfer_engine::on_close);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, this);
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
  std::vector<stream_id> ended;
  {
    const std::lock_guard lock(queue_->mutex);
    next.swap(queue_->begun);
    ended.swap(queue_->ended);
    queue_->wakeup_sent = false;
  }
  for (auto& item : next)
    begin(std::move(item));
  for (const auto stream : ended)
    end_stream(stream, &http_transfer::end_by_shutdown);
}

void http_transfer_engine::end_silent_streams() {
  const auto now = clock::now();
  std::vector<stream_id> silent;
  for (const auto& [id, handle] : streams_)
    if (running_.at(handle)->silent_until() <= now) silent.push_back(id);
  for (const auto id : silent)
    end_stream(id, &http_transfer::end_by_silence);
}

void http_transfer_engine::end_stream(stream_id stream, void (http_transfer::*how)()) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  auto node = running_.extract(found->second);
  streams_.erase(found);
  curl_multi_remove_handle(multi_.get(), node.key());
  (node.mapped().get()->*how)();
  idle_.push_back(std::move(node.mapped()));
}

void http_transfer_engine::begin(queued next) {
  std::unique_ptr<http_transfer> transfer;
  if (idle_.empty()) {
    transfer = std::make_unique<http_transfer>([this](CURL* handle) { configure(handle); });
  } else {
    transfer = std::move(idle_.back());
    idle_.pop_back();
  }
  if (!transfer->begin_stream(std::move(next.request), std::move(next.on_data),
                              std::move(next.done)) ||
      curl_multi_add_handle(multi_.get(), transfer->handle()) != CURLM_OK) {
    transfer->refuse();
    idle_.push_back(std::move(transfer));
    return;
  }
  auto* handle = transfer->handle();
  if (next.stream != 0) streams_.emplace(next.stream, handle);
  running_.emplace(handle, std::move(transfer));
}

void http_transfer_engine::end_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    auto* handle = message->easy_handle;
    const auto code = message->data.result;
    auto node = running_.extract(handle);
    std::erase_if(streams_, [handle](const auto& stream) { return stream.second == handle; });
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
  streams_.clear();
  const std::lock_guard lock(queue_->mutex);
  for (auto& item : queue_->begun) {
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
