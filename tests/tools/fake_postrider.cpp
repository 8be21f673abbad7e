// A trivial server that answers POST /send/message like Postrider and does nothing else: what the
// load generator is tested and measured against. With --sim it passes each message on to
// provider-sim at once, over one connection.

#include "tools/arguments/arguments.hpp"
#include "tools/bench/options.hpp"

#include <boost/asio.hpp>
#include <boost/json.hpp>

#include <charconv>
#include <iostream>
#include <memory>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::ip::tcp;
using boost::system::error_code;
using postrider::add_option;

struct settings {
  unsigned refuse_every = 0;  // each n-th request is answered 503; 0: none
  unsigned drop_every = 0;    // each n-th is not answered, the connection is closed; 0: none
  std::uint64_t requests = 0;
};

// Sends to provider-sim without looking at what it answers.
class forwarder {
 public:
  forwarder(asio::io_context& io, const tcp::endpoint& to) : socket_(io) {
    socket_.connect(to);
    drain();
  }

  void send(const json::object& message) {
    const json::object call = {{"jsonrpc", "2.0"},
                               {"id", 1},
                               {"method", "send"},
                               {"params",
                                {{"account", "+15550001111"},
                                 {"recipient", message.at("recipients")},
                                 {"message", message.at("message")}}}};
    const std::string body = json::serialize(call);
    waiting_ +=
        "POST /api/v1/rpc HTTP/1.1\r\nHost: sim\r\nContent-Type: "
        "application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    if (under_way_.empty()) write();
  }

 private:
  void write() {
    under_way_.swap(waiting_);
    asio::async_write(socket_, asio::buffer(under_way_), [this](error_code ec, std::size_t) {
      under_way_.clear();
      if (!ec && !waiting_.empty()) write();
    });
  }
  void drain() {
    socket_.async_read_some(asio::buffer(ignored_), [this](error_code ec, std::size_t) {
      if (!ec) drain();
    });
  }

  tcp::socket socket_;
  std::string waiting_, under_way_;
  std::array<char, 65536> ignored_;
};

class client : public std::enable_shared_from_this<client> {
 public:
  client(tcp::socket socket, settings& s, forwarder* to)
      : socket_(std::move(socket)), settings_(s), to_(to) {
    socket_.set_option(tcp::no_delay(true));
  }

  void read() {
    socket_.async_read_some(asio::buffer(piece_),
                            [self = shared_from_this()](error_code ec, std::size_t size) {
                              if (ec) return;
                              self->text_.append(self->piece_.data(), size);
                              self->answer();
                            });
  }

 private:
  void answer() {
    const std::size_t head = text_.find("\r\n\r\n");
    if (head == text_.npos) return read();
    const std::size_t at = text_.find("Content-Length: ") + 16;
    std::size_t size = 0;
    std::from_chars(text_.data() + at, text_.data() + head, size);
    if (text_.size() < head + 4 + size) return read();
    const std::uint64_t number = ++settings_.requests;
    if (settings_.drop_every && number % settings_.drop_every == 0) return;
    if (settings_.refuse_every && number % settings_.refuse_every == 0) {
      reply("503 Service Unavailable\r\nRetry-After: 1", "{}");
    } else {
      if (to_) to_->send(json::parse(std::string_view(text_).substr(head + 4, size)).get_object());
      reply("202 Accepted", "{\"id\": " + std::to_string(number) + ", \"message_id\": \"m" +
                                std::to_string(number) + "\"}");
    }
  }

  void reply(std::string_view status, std::string_view body) {
    text_ = "HTTP/1.1 ";
    text_ += status;
    text_ +=
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n";
    text_ += body;
    asio::async_write(socket_, asio::buffer(text_),
                      [self = shared_from_this()](error_code ec, std::size_t) {
                        self->text_.clear();
                        if (!ec) self->read();
                      });
  }

  tcp::socket socket_;
  settings& settings_;
  forwarder* to_;
  std::array<char, 8192> piece_;
  std::string text_;
};

void accept(tcp::acceptor& from, settings& s, forwarder* to) {
  from.async_accept([&from, &s, to](error_code ec, tcp::socket socket) {
    if (ec == asio::error::operation_aborted) return;
    if (!ec) std::make_shared<client>(std::move(socket), s, to)->read();
    accept(from, s, to);
  });
}

}  // namespace

int main(int argc, char** argv) {
  postrider::argument_parser parser("Answers POST /send/message with 202.", "fake-postrider");
  auto& app = parser.options();
  settings s;
  unsigned short port = 0;
  std::string sim;
  add_option(app, "--port", port, "on 127.0.0.1; 0 takes a free one");
  add_option(app, "--refuse-every", s.refuse_every, "answer each n-th request with 503");
  add_option(app, "--drop-every", s.drop_every, "close the connection on each n-th request");
  add_option(app, "--sim", sim, "pass the messages on to the provider-sim at this URL");
  if (const auto code = parser.parse(argc, argv)) return *code;
  asio::io_context io(1);
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), port});
  std::unique_ptr<forwarder> to;
  if (!sim.empty()) to = std::make_unique<forwarder>(io, postrider::bench::parse_url(sim).endpoint);
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](error_code, int) { io.stop(); });
  accept(acceptor, s, to.get());
  std::cout << "fake-postrider listening on " << acceptor.local_endpoint() << std::endl;
  io.run();
}
