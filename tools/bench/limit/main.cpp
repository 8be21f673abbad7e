// limit: a pipeline of the parts that Postrider is made of, and nothing else: Beast in front, two
// tables behind, a commit for each batch, calls over kept connections. It checks, retries and
// explains nothing. How far Postrider is from it is what its features cost (tools/bench.sh
// --compare limit).

#include "tools/arguments/arguments.hpp"
#include "tools/bench/limit/calls.hpp"
#include "tools/bench/limit/writer.hpp"
#include "tools/bench/options.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>

namespace {

using namespace postrider;
using namespace postrider::limit;
namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

/// Waits until the writer has stored the message.
asio::awaitable<void> stored(message_ptr one, writer& by) {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [&](auto handler) {
        const auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        one->stored = [kept, executor] { asio::post(executor, [kept] { (*kept)(); }); };
        by.accept(std::move(one));
      },
      asio::use_awaitable);
}

asio::awaitable<void> serve(tcp::socket socket, writer& by) {
  boost::beast::flat_buffer buffer;
  try {
    for (;;) {
      http::request<http::string_body> request;
      co_await http::async_read(socket, buffer, request, asio::use_awaitable);
      const auto body = boost::json::parse(request.body());
      auto one = std::make_unique<message>();
      one->to = body.at("recipients").at(0).as_string().c_str();
      one->text = body.at("message").as_string().c_str();
      co_await stored(std::move(one), by);
      http::response<http::string_body> answer(http::status::accepted, 11);
      answer.set(http::field::content_type, "application/json");
      answer.body() = R"({"status":"pending"})";
      answer.prepare_payload();
      co_await http::async_write(socket, answer, asio::use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    // The client has gone.
  }
}

asio::awaitable<void> listen(tcp::acceptor& at, writer& by) {
  for (;;) {
    auto socket = co_await at.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(at.get_executor(), serve(std::move(socket), by), asio::detached);
  }
}

/// Renamed when it is whole, because others wait for it.
void write_port(const std::string& file, unsigned port) {
  std::ofstream(file + ".new") << port << '\n';
  if (std::rename((file + ".new").c_str(), file.c_str()) != 0)
    throw std::runtime_error("cannot write " + file);
}

struct options {
  std::string sqlite, mysql_socket, mysql_database, provider, port_file;
  int in_flight = 128;
};

std::optional<int> parse(int argc, char** argv, options& into) {
  argument_parser parser("A pipeline of Postrider's parts without its features.", "limit");
  auto& app = parser.options();
  add_option(app, "--sqlite", into.sqlite, "the file of its database");
  add_option(app, "--mysql-socket", into.mysql_socket, "the socket of a MariaDB server");
  add_option(app, "--mysql-database", into.mysql_database, "a database of that server");
  add_option(app, "--provider", into.provider, "http://127.0.0.1:PORT/PATH of a signal-cli daemon")
      .required();
  add_option(app, "--in-flight", into.in_flight, "calls at a time").between(1, 4096).with_default();
  add_option(app, "--port-file", into.port_file, "the file that gets its port");
  if (const auto code = parser.parse(argc, argv)) return code;
  if (!into.sqlite.empty() || (!into.mysql_socket.empty() && !into.mysql_database.empty()))
    return std::nullopt;
  std::cerr << "limit: give --sqlite, or --mysql-socket and --mysql-database\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  if (const auto code = parse(argc, argv, o)) return *code;
  try {
    asio::io_context front(1), back(1);
    writer* writing = nullptr;
    const auto provider = bench::parse_url(o.provider);
    calls calling(back, provider.endpoint, provider.path + "/api/v1/rpc", o.in_flight,
                  [&](message_ptr one) { writing->delivered(std::move(one)); });
    writer by(
        o.sqlite.empty() ? open_mysql(o.mysql_socket, o.mysql_database) : open_sqlite(o.sqlite),
        [&](messages begun) { calling.add(std::move(begun)); });
    writing = &by;
    tcp::acceptor acceptor(front, {asio::ip::address_v4::loopback(), 0});
    asio::co_spawn(front, listen(acceptor, by), asio::detached);
    asio::signal_set ends(front, SIGTERM, SIGINT);
    ends.async_wait([&](const boost::system::error_code&, int) { front.stop(); });
    const auto port = acceptor.local_endpoint().port();
    std::cout << "limit listening on 127.0.0.1:" << port << std::endl;
    if (!o.port_file.empty()) write_port(o.port_file, port);
    std::thread calls_thread([&] { back.run(); });
    front.run();
    back.stop();
    calls_thread.join();
  } catch (const std::exception& failed) {
    std::cerr << "limit: " << failed.what() << '\n';
    return 1;
  }
  return 0;
}
