#include "tools/postrider/service_manager.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

namespace postrider::cli {
namespace {

template <class Number>
std::optional<Number> read_number(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

std::optional<std::chrono::milliseconds> read_watchdog(const std::string& usec,
                                                       const std::string& pid) {
  const auto whose = read_number<pid_t>(pid);
  if (!pid.empty() && whose != ::getpid()) return {};
  const auto limit = read_number<std::int64_t>(usec);
  if (!limit || *limit <= 0) return {};
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(*limit)) / 2;
}

}  // namespace

service_manager::service_manager(std::string socket, const std::string& watchdog_usec,
                                 const std::string& watchdog_pid)
    : socket_(std::move(socket)), watchdog_(read_watchdog(watchdog_usec, watchdog_pid)) {}

void service_manager::ready(const std::string& status) {
  tell(fmt::format("READY=1\nSTATUS={}", status));
}

void service_manager::reloading() {
  // systemd compares it with when it sent SIGHUP (Type=notify-reload, since version 253).
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reading the configuration again",
                   now.tv_sec * 1'000'000 + now.tv_nsec / 1'000));
}

void service_manager::stopping() { tell("STOPPING=1\nSTATUS=Finishing what is in flight"); }

void service_manager::alive() { tell("WATCHDOG=1"); }

/// What cannot be told is not worth an error: the manager then does what it does with a service
/// that says nothing.
void service_manager::tell(const std::string& text) const {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof to.sun_path) return;
  std::memcpy(to.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') to.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  ::sendto(fd, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
           size);
  ::close(fd);
}

bool pipeline_watch::alive() {
  if (!answered_->exchange(false)) return false;
  gateway_.providers([answered = answered_](const auto&) { answered->store(true); });
  return true;
}

}  // namespace postrider::cli
