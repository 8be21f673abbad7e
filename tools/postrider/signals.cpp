#include "tools/postrider/signals.hpp"

#include <cerrno>
#include <csignal>
#include <unistd.h>

namespace postrider::cli {

namespace {

sigset_t end_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

sigset_t all_set() {
  auto set = end_set();
  sigaddset(&set, SIGHUP);
  return set;
}

std::optional<int> take_one(const sigset_t& set, std::chrono::milliseconds at_most) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  for (;;) {
    const auto left = std::max(until - std::chrono::steady_clock::now(),
                               std::chrono::steady_clock::duration::zero());
    const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
    const timespec time{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
    const int number = ::sigtimedwait(&set, nullptr, &time);
    if (number > 0) return number;
    if (errno != EINTR) return {};
  }
}

/// Only what is allowed inside a signal handler.
void end_at_once(int) {
  constexpr char text[] =
      "postrider: second signal, ending at once; the next start takes over the deliveries in "
      "flight\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, sizeof text - 1);
  ::_exit(1);
}

}  // namespace

server_signals::server_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const auto set = all_set();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::optional<int> server_signals::wait(std::chrono::milliseconds at_most) {
  return take_one(end_set(), at_most);
}

std::optional<int> server_signals::wait_any(std::optional<std::chrono::milliseconds> at_most) {
  const auto set = all_set();
  if (at_most) return take_one(set, *at_most);
  for (;;) {
    if (const int number = ::sigwaitinfo(&set, nullptr); number > 0) return number;
  }
}

void server_signals::ask_to_stop() { ::kill(::getpid(), SIGTERM); }

void server_signals::next_one_ends_at_once() {
  std::signal(SIGTERM, end_at_once);
  std::signal(SIGINT, end_at_once);
  std::signal(SIGHUP, SIG_IGN);
  const auto set = end_set();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace postrider::cli
