#include "tools/postrider/service_manager.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
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
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(*limit)) / 4;
}

/// The way of a message through the actors. Not the ledger: a database that is away is no reason.
constexpr std::array<std::string_view, 4> watched{"intake", "selector", "senders", "scheduler"};

bool is_no_answer(const boost::json::value& part) {
  return part.is_object() && part.get_object().contains("error");
}

/// An inspection says in an actor's place when it did not answer.
bool answered_for_itself(const boost::json::object& document, std::string_view section) {
  const auto* part = document.if_contains(section);
  if (part == nullptr) return false;
  return part->is_array() ? std::ranges::none_of(part->get_array(), is_no_answer)
                          : !is_no_answer(*part);
}

}  // namespace

boost::system::result<std::optional<int>, std::string> handed_over_socket(
    const std::string& listen_pid, const std::string& listen_fds) {
  // The variables are meant for a process that started this one.
  if (listen_fds.empty() || read_number<pid_t>(listen_pid) != ::getpid())
    return std::optional<int>();
  if (listen_fds != "1")
    return "the service manager handed over " + listen_fds +
           " sockets, and the server listens on one: postrider.socket must have one ListenStream=";
  constexpr int first_socket = 3;
  ::fcntl(first_socket, F_SETFD, FD_CLOEXEC);
  return std::optional(first_socket);
}

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
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reloading the configuration",
                   now.tv_sec * 1'000'000 + now.tv_nsec / 1'000));
}

void service_manager::stopping() { tell("STOPPING=1\nSTATUS=Finishing deliveries in flight"); }

void service_manager::alive() { tell("WATCHDOG=1"); }

/// A message that cannot be sent is no error: the manager then treats this as a service
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
  const bool well = !answered_ || answered_->load() == watched.size();
  answered_ = std::make_shared<std::atomic<std::size_t>>(0);
  for (const auto section : watched)
    gateway_.inspect(std::string(section), [answered = answered_, section](const auto& inspected) {
      if (inspected && answered_for_itself(*inspected, section)) ++*answered;
    });
  return well;
}

}  // namespace postrider::cli
