#include "actors/providers/transfer/wire/name_resolver.hpp"

#include <boost/asio/post.hpp>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <netdb.h>
#include <system_error>
#include <thread>

namespace postrider::actors::wire {
namespace {

constexpr std::size_t most_kept_names = 4096;
constexpr std::chrono::seconds thread_idle_time{5};

/// `flags`: AI_NUMERICHOST asks no server.
host_addresses addresses_of(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  host_addresses answer;
  if (const int wrong = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); wrong != 0) {
    answer.error = "cannot resolve " + host + ": " +
                   (wrong == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(wrong));
    return answer;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  for (const auto* one = found; one; one = one->ai_next) {
    tcp::endpoint address;
    if (one->ai_addrlen > address.capacity()) continue;
    std::memcpy(address.data(), one->ai_addr, one->ai_addrlen);
    address.resize(one->ai_addrlen);
    answer.addresses.push_back(address);
  }
  if (answer.addresses.empty()) answer.error = "cannot resolve " + host + ": it has no address";
  return answer;
}

}  // namespace

/// Known to the threads too, and lives as long as the last of them.
struct name_resolver::shared {
  lookup look_up;
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::string> waiting;
  std::size_t threads = 0;
  std::size_t idle = 0;
  /// Null once the resolver is gone.
  name_resolver* resolver = nullptr;
};

name_resolver::name_resolver(net::io_context& io, lookup look_up)
    : executor_(io.get_executor()), shared_(std::make_shared<shared>()) {
  shared_->look_up = std::move(look_up);
  shared_->resolver = this;
}

name_resolver::~name_resolver() {
  const std::lock_guard lock(shared_->mutex);
  shared_->resolver = nullptr;
  shared_->waiting.clear();
  shared_->work.notify_all();
}

host_addresses name_resolver::by_the_system(const std::string& host) {
  return addresses_of(host, 0);
}

void name_resolver::ask(const std::string& host, std::shared_ptr<host_question> question) {
  auto numeric = addresses_of(host, AI_NUMERICHOST);
  if (!numeric.addresses.empty()) {
    question->answer = std::move(numeric);
    question->answered.set();
    return;
  }
  const auto now = clock::now();
  forget_old(now);
  auto& known = names_[host];
  if (known.until > now) {
    question->answer = known.answer;
    question->answered.set();
    return;
  }
  known.waiting.push_back(std::move(question));
  if (known.waiting.size() > 1) return;
  bool nobody_works = false;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->waiting.push_back(host);
    if (shared_->waiting.size() > shared_->idle && shared_->threads < max_threads) {
      try {
        std::thread(work, shared_).detach();
        ++shared_->threads;
      } catch (const std::system_error&) {
        nobody_works = shared_->threads == 0;
        if (nobody_works) shared_->waiting.clear();
      }
    }
    shared_->work.notify_one();
  }
  if (nobody_works) take(host, {{}, "cannot resolve " + host + ": no thread can be started"});
}

void name_resolver::work(const std::shared_ptr<shared>& with) {
  std::unique_lock lock(with->mutex);
  for (;;) {
    ++with->idle;
    with->work.wait_for(lock, thread_idle_time,
                        [&] { return !with->waiting.empty() || !with->resolver; });
    --with->idle;
    if (with->waiting.empty()) break;
    const auto host = std::move(with->waiting.front());
    with->waiting.pop_front();
    lock.unlock();
    auto answer = with->look_up(host);
    lock.lock();
    if (!with->resolver) break;
    net::post(with->resolver->executor_,
              [resolver = with->resolver, host, answer = std::move(answer)]() mutable {
                resolver->take(host, std::move(answer));
              });
  }
  --with->threads;
}

void name_resolver::take(const std::string& host, host_addresses answer) {
  auto node = names_.extract(host);
  for (const auto& question : node.mapped().waiting) {
    question->answer = answer;
    question->answered.set();
  }
  if (answer.addresses.empty()) return;
  node.mapped() = {std::move(answer), clock::now() + kept_for, {}};
  names_.insert(std::move(node));
}

/// Those that are being looked up stay.
void name_resolver::forget_old(clock::time_point now) {
  if (names_.size() < most_kept_names) return;
  std::erase_if(names_, [now](const auto& name) {
    return name.second.waiting.empty() && name.second.until <= now;
  });
  if (names_.size() < most_kept_names) return;
  std::erase_if(names_, [](const auto& name) { return name.second.waiting.empty(); });
}

}  // namespace postrider::actors::wire
