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

using protocol = answering_process::protocol;

constexpr std::string_view body =
    R"({"sid":"SM0123456789abcdef0123456789abcdef","status":"queued"})";

/// One connection: what came and was not answered yet.
struct client {
  std::string input;
  bool in_message = false;
};

/// The replies to the requests that are whole, taken from the input.
std::string http_replies(client& from) {
  auto& input = from.input;
  const auto head = input.find("\r\n\r\n");
  if (head == input.npos) return {};
  const auto length = input.find("Content-Length: ");
  const auto size = length < head ? std::strtoul(input.c_str() + length + 16, nullptr, 10) : 0;
  if (input.size() < head + 4 + size) return {};
  input.erase(0, head + 4 + size);
  return "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
         "Date: Mon, 30 Nov 2026 06:00:00 GMT\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string smtp_reply(client& from, std::string_view line) {
  if (from.in_message) {
    from.in_message = line != ".";
    return from.in_message ? "" : "250 2.0.0 Ok: queued\r\n";
  }
  if (line.starts_with("EHLO")) return "250-sink.test\r\n250 PIPELINING\r\n";
  if (line == "QUIT") return "221 2.0.0 bye\r\n";
  from.in_message = line == "DATA";
  return from.in_message ? "354 go on\r\n" : "250 2.1.0 ok\r\n";
}

std::string smtp_replies(client& from) {
  std::string replies;
  std::size_t begin = 0;
  for (auto end = from.input.find("\r\n"); end != from.input.npos;
       end = from.input.find("\r\n", begin)) {
    replies += smtp_reply(from, std::string_view(from.input).substr(begin, end - begin));
    begin = end + 2;
  }
  from.input.erase(0, begin);
  return replies;
}

void send_all(int socket, const std::string& text) {
  if (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) < 0) ::shutdown(socket, SHUT_RDWR);
}

void watch(int epoll, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

int accept_one(int listener, protocol spoken) {
  const int socket = ::accept(listener, nullptr, nullptr);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (spoken == protocol::smtp) send_all(socket, "220 sink.test\r\n");
  return socket;
}

[[noreturn]] void serve(int listener, protocol spoken) {
  std::unordered_map<int, client> clients;
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener);
  for (;;) {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        watch(epoll, accept_one(listener, spoken));
        continue;
      }
      std::array<char, 16384> bytes;
      const auto size = ::read(socket, bytes.data(), bytes.size());
      if (size <= 0) {
        clients.erase(socket);
        ::close(socket);
        continue;
      }
      auto& from = clients[socket];
      from.input.append(bytes.data(), static_cast<std::size_t>(size));
      const auto replies = spoken == protocol::http ? http_replies(from) : smtp_replies(from);
      if (!replies.empty()) send_all(socket, replies);
    }
  }
}

}  // namespace

answering_process::answering_process(protocol spoken) {
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
    serve(listener, spoken);
  }
  ::close(listener);
}

answering_process::~answering_process() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace postrider::tests
