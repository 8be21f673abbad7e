#include "tools/bench/sim_watch.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>

#include <sstream>
#include <stdexcept>

namespace postrider::bench {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds question_timeout(5);

// Sends the request and returns all that comes until the other side closes; empty on failure.
std::string ask_once(const asio::ip::tcp::endpoint& with, const std::string& request) {
  asio::io_context io(1);
  asio::ip::tcp::socket socket(io);
  std::string answer;
  bool complete = false;
  socket.async_connect(with, [&](error_code failed) {
    if (failed) return;
    asio::async_write(socket, asio::buffer(request), [&](error_code unsent, std::size_t) {
      if (unsent) return;
      asio::async_read(socket, asio::dynamic_buffer(answer),
                       [&](error_code ec, std::size_t) { complete = ec == asio::error::eof; });
    });
  });
  io.run_for(question_timeout);
  return complete ? answer : std::string();
}

}  // namespace

sim_watch::sim_watch(http_url base, const std::string& provider)
    : base_(std::move(base)), prefix_(base_.path + "/control/" + provider + '/') {}

json::object sim_watch::ask(const std::string& method, const std::string& resource) const {
  std::ostringstream request;
  request << method << ' ' << prefix_ << resource << " HTTP/1.1\r\nHost: " << base_.endpoint
          << "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  const std::string answer = ask_once(base_.endpoint, request.str());
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == answer.npos || !answer.starts_with("HTTP/1.1 2"))
    throw std::runtime_error("provider-sim gave no answer to " + resource);
  const std::string_view body = std::string_view(answer).substr(end + 4);
  if (body.empty()) return {};
  error_code ec;
  json::value document = json::parse(body, ec);
  if (ec || !document.is_object())
    throw std::runtime_error("provider-sim's answer to " + resource + " is not JSON");
  return std::move(document.get_object());
}

sim_tally sim_watch::tally() const {
  const json::object seen = ask("GET", "tally");
  return {seen.at("accepted").to_number<std::uint64_t>(),
          seen.at("distinct").to_number<std::uint64_t>(),
          seen.at("repeated").to_number<std::uint64_t>(),
          seen.at("last_accepted_ns").to_number<std::int64_t>()};
}

sim_latency sim_watch::latency() const {
  const json::object seen = ask("GET", "latency");
  const auto micros = [&seen](const char* name) { return seen.at(name).to_number<double>(); };
  return {seen.at("count").to_number<std::uint64_t>(),
          micros("p50"),
          micros("p90"),
          micros("p99"),
          micros("p99.9"),
          micros("max")};
}

void sim_watch::reset() const { ask("POST", "reset"); }

}  // namespace postrider::bench
