#include "raw_client.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace postrider::test {
namespace {

constexpr int patience_ms = 30'000;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

void wait_for(int socket, short what) {
  pollfd one{socket, what, 0};
  if (::poll(&one, 1, patience_ms) <= 0) throw std::runtime_error("the server is silent");
}

}  // namespace

std::string reply::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

std::string reply::code() const {
  boost::system::error_code error;
  const auto document = boost::json::parse(body, error);
  if (error || !document.is_object() || !document.as_object().contains("code")) return {};
  return document.at("code").as_string().c_str();
}

raw_client::raw_client(const std::string& address) {
  if (address.starts_with('/')) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    address.copy(where.sun_path, sizeof where.sun_path - 1);
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0) return;
    close();
    throw std::runtime_error("cannot connect to " + address);
  }
  const auto colon = address.rfind(':');
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &where.sin_addr);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) {
    close();
    throw std::runtime_error("cannot connect to " + address);
  }
}

raw_client::~raw_client() { close(); }

void raw_client::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void raw_client::shutdown_send() { ::shutdown(socket_, SHUT_WR); }

bool raw_client::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    wait_for(socket_, POLLOUT);
    const auto size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void raw_client::send(std::string_view bytes) {
  if (!try_send(bytes)) throw std::runtime_error("the server closed while it was written to");
}

bool raw_client::fill() {
  wait_for(socket_, POLLIN);
  char block[16 * 1024];
  const auto size = ::recv(socket_, block, sizeof block, 0);
  if (size <= 0) return false;
  buffer_.append(block, static_cast<std::size_t>(size));
  return true;
}

std::string raw_client::receive_until(std::string_view end) {
  while (buffer_.find(end) == std::string::npos)
    if (!fill()) throw std::runtime_error("closed before the answer was complete: " + buffer_);
  const auto size = buffer_.find(end) + end.size();
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return taken;
}

/// The content of all chunks (RFC 9112, 7.1).
std::string raw_client::receive_chunks() {
  std::string content;
  while (true) {
    const auto size = std::stoul(receive_until("\r\n"), nullptr, 16);
    while (buffer_.size() < size + 2)
      if (!fill()) throw std::runtime_error("closed before the content was complete");
    content += buffer_.substr(0, size);
    buffer_.erase(0, size + 2);
    if (size == 0) return content;
  }
}

reply raw_client::receive(bool head) {
  std::string_view lines;
  const std::string header = receive_until("\r\n\r\n");
  lines = header;
  reply answer;
  answer.status = std::stoi(std::string(lines.substr(9, 3)));
  lines.remove_prefix(lines.find("\r\n") + 2);
  while (!lines.starts_with("\r\n")) {
    const auto line = lines.substr(0, lines.find("\r\n"));
    const auto colon = line.find(": ");
    answer.fields[lower(std::string(line.substr(0, colon)))] = line.substr(colon + 2);
    lines.remove_prefix(line.size() + 2);
  }
  if (head || answer.status == 204) return answer;
  if (answer.field("transfer-encoding") == "chunked") {
    answer.body = receive_chunks();
    return answer;
  }
  const auto size = std::stoul(answer.field("content-length"));
  while (buffer_.size() < size)
    if (!fill()) throw std::runtime_error("closed before the content was complete");
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

bool raw_client::has_answer() const {
  pollfd one{socket_, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

bool raw_client::closed_by_server() { return buffer_.empty() && !fill(); }

reply ask(const std::string& address, std::string_view bytes) {
  raw_client client(address);
  client.send(bytes);
  return client.receive();
}

std::string get(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "\r\n";
}

std::string post(std::string_view target, std::string_view json, std::string_view fields) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(json.size()) + "\r\n" + std::string(fields) + "\r\n" + std::string(json);
}

}  // namespace postrider::test
