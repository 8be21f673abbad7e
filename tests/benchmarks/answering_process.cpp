#include "tests/benchmarks/answering_process.hpp"

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unordered_map>

namespace postrider::tests {
namespace {

constexpr std::string_view body =
    R"({"sid":"SM0123456789abcdef0123456789abcdef","status":"queued"})";

std::string make_reply() {
  return "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
         "Date: Mon, 30 Nov 2026 06:00:00 GMT\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

bool is_whole(const std::string& request) {
  const auto head = request.find("\r\n\r\n");
  if (head == request.npos) return false;
  const auto length = request.find("Content-Length: ");
  const auto size = length < head ? std::strtoul(request.c_str() + length + 16, nullptr, 10) : 0;
  return request.size() >= head + 4 + size;
}

void watch(int epoll, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

[[noreturn]] void serve(int listener) {
  const auto reply = make_reply();
  std::unordered_map<int, std::string> requests;
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener);
  for (;;) {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        const int client = ::accept(listener, nullptr, nullptr);
        const int on = 1;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(epoll, client);
        continue;
      }
      std::array<char, 16384> bytes{};
      const auto size = ::read(socket, bytes.data(), bytes.size());
      auto& request = requests[socket];
      if (size > 0) request.append(bytes.data(), static_cast<std::size_t>(size));
      const bool answered =
          size > 0 && is_whole(request) && ::write(socket, reply.data(), reply.size()) > 0;
      if (answered || size <= 0) request.clear();
      if (size <= 0) ::close(socket);
    }
  }
}

}  // namespace

answering_process::answering_process() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(listener, 512) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error("cannot listen on loopback");
  port_ = ntohs(at.sin_port);
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(listener);
  }
  ::close(listener);
}

answering_process::~answering_process() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace postrider::tests
