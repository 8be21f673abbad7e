#include "fake_gateway.hpp"
#include "http/connection/server.hpp"
#include "raw_client.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/// How many requests a second one HTTP thread answers when the pipeline costs nothing.
///   http_load [connections] [seconds] [send|livez|status] [same|other]
/// `other`: the gateway answers from a thread of its own, as the real one does.
namespace {

using namespace postrider;

struct options {
  int connections = 64;
  double seconds = 3;
  std::string what = "send";
  bool other_thread = false;
};

std::string request_for(const std::string& what) {
  if (what == "livez") return test::get("/livez");
  if (what == "status") return test::get("/v1/transactions/123");
  return test::post("/send/message", R"({"message":"Your order 4711 has been shipped and will )"
                                     R"(arrive tomorrow.","user_id":7,)"
                                     R"("recipients":["+15551234567"]})");
}

int connect_to(const std::string& address) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  const auto colon = address.rfind(':');
  where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &where.sin_addr);
  const int one = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(one, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) std::abort();
  return one;
}

double process_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double thread_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

/// One request in flight on each connection; an answer is taken to be what one recv gives.
std::uint64_t run_load(const std::string& address, const options& wanted) {
  const std::string request = request_for(wanted.what);
  const int loop = ::epoll_create1(0);
  for (int i = 0; i < wanted.connections; ++i) {
    epoll_event event{EPOLLIN, {}};
    event.data.fd = connect_to(address);
    ::epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event);
    if (::send(event.data.fd, request.data(), request.size(), 0) < 0) std::abort();
  }
  std::uint64_t answers = 0;
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(wanted.seconds);
  epoll_event events[256];
  char block[64 * 1024];
  while (std::chrono::steady_clock::now() < until) {
    const int ready = ::epoll_wait(loop, events, 256, 100);
    for (int i = 0; i < ready; ++i) {
      const auto size = ::recv(events[i].data.fd, block, sizeof block, 0);
      if (size <= 0 || std::memcmp(block, "HTTP/1.1 20", 11) != 0) {
        std::fprintf(stderr, "unexpected: %.*s\n", static_cast<int>(size > 0 ? size : 0), block);
        std::exit(1);
      }
      ++answers;
      if (::send(events[i].data.fd, request.data(), request.size(), 0) < 0) std::abort();
    }
  }
  return answers;
}

/// Answers every send from a thread of its own.
class other_thread {
 public:
  explicit other_thread(test::fake_gateway& gateway) {
    gateway.on_send = [this](auto, auto, auto done) {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(done));
      wanted_.notify_one();
    };
    thread_ = std::thread([this] { run(); });
  }
  ~other_thread() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wanted_.notify_one();
    thread_.join();
  }

 private:
  void run() {
    std::vector<actors::completion<actors::send_receipt>> taken;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wanted_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
        if (stop_) return;
        taken.swap(waiting_);
      }
      for (auto& done : taken)
        done(test::some_receipt());
      taken.clear();
    }
  }

  std::mutex mutex_;
  std::condition_variable wanted_;
  bool stop_ = false;
  std::vector<actors::completion<actors::send_receipt>> waiting_;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  options wanted;
  if (argc > 1) wanted.connections = std::atoi(argv[1]);
  if (argc > 2) wanted.seconds = std::atof(argv[2]);
  if (argc > 3) wanted.what = argv[3];
  if (argc > 4) wanted.other_thread = std::strcmp(argv[4], "other") == 0;

  test::fake_gateway gateway;
  gateway.on_send = [](auto, auto, auto done) { done(test::some_receipt()); };
  gateway.on_find_transaction = [](auto id, auto done) {
    actors::transaction_info info;
    info.transaction.id = id;
    info.provider = "signal-main";
    info.provider_type = "signal";
    done(info);
  };
  std::unique_ptr<other_thread> other;
  if (wanted.other_thread) other = std::make_unique<other_thread>(gateway);
  http::http_settings settings;
  settings.listen = "127.0.0.1:0";
  auto server = http::start_server(settings, gateway);
  if (server.has_error()) {
    std::fprintf(stderr, "%s\n", server.error().c_str());
    return 1;
  }
  const double process = process_seconds(), load = thread_seconds();
  const auto started = std::chrono::steady_clock::now();
  const auto answers = run_load((*server)->address(), wanted);
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  const double cpu = process_seconds() - process - (thread_seconds() - load);
  std::printf("%s, %d connections: %.0f requests/s, %.1f us of the server's processor each\n",
              wanted.what.c_str(), wanted.connections, static_cast<double>(answers) / took,
              cpu / static_cast<double>(answers) * 1e6);
  (*server)->stop(std::chrono::milliseconds(100));
}
