// provider-sim: stands in for the servers of providers in demos, tests and benchmarks.

#include "tools/provider-sim/server.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace postrider::provider_sim;

struct options {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> own_ports;
  std::vector<std::string> accounts;
  std::string port_file;
  std::uint64_t seed = 1;
  bool keep_texts = false;
};

// Throws std::runtime_error for anything but a loopback address with a port.
tcp::endpoint parse_loopback(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  unsigned port = 65536;
  const char* end = text.data() + text.size();
  if (colon != text.npos && std::from_chars(text.data() + colon + 1, end, port).ptr != end)
    port = 65536;
  if (ec || port > 65535) throw std::runtime_error("not ADDRESS:PORT: " + text);
  if (!address.is_loopback())
    throw std::runtime_error(text +
                             " is not a loopback address; provider-sim has no authentication");
  return {address, static_cast<unsigned short>(port)};
}

void add_options(CLI::App& app, options& o) {
  app.add_option("--listen", o.listen,
                 "loopback ADDRESS:PORT of all providers; port 0 takes a free one")
      ->capture_default_str();
  app.add_option(
      "--provider", o.own_ports,
      "NAME=ADDRESS:PORT: a port of its own for this provider; while the provider is down "
      "the port refuses connections (repeatable)");
  app.add_option("--account", o.accounts,
                 "a Signal account that exists (repeatable; default: any)");
  app.add_option("--seed", o.seed, "of every provider's behaviour until it is set")
      ->capture_default_str();
  app.add_option("--port-file", o.port_file,
                 "write the port to this file, then a line NAME PORT per --provider");
  app.add_flag("--keep-texts", o.keep_texts,
               "keep what was accepted, for GET /control/NAME/accepted");
  app.footer(
      "Providers: /p/NAME/api/v1/rpc, or /api/v1/rpc for the one called default.\n"
      "Control: PUT|GET /control/NAME/behaviour, GET /control/NAME/tally|accepted|latency,\n"
      "POST /control/NAME/query|reset, GET /control.\n"
      "Exit: 0 after SIGTERM or SIGINT, 1 failed, 2 usage.");
}

// Whoever waits for the file to appear must not see a half of it.
void write_port_file(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  std::ofstream(draft) << text;
  if (std::rename(draft.c_str(), path.c_str()) != 0)
    throw std::runtime_error("cannot write " + path);
}

int run(const options& o) {
  asio::io_context io(1);
  behaviour_settings initial;
  initial.seed = o.seed;
  provider_book book(o.keep_texts, initial);
  dispatcher requests(book, o.accounts);
  server serves(io, book, requests);
  const tcp::endpoint at = parse_loopback(o.listen);
  const unsigned short port = serves.listen_shared(at);
  std::string ports = std::to_string(port) + '\n';
  for (const std::string& own : o.own_ports) {
    const std::size_t equals = own.find('=');
    const std::string name = own.substr(0, equals);
    if (equals == own.npos || !provider_book::is_name(name))
      throw std::runtime_error("not NAME=ADDRESS:PORT: " + own);
    const unsigned short own_port = serves.listen_for(name, parse_loopback(own.substr(equals + 1)));
    ports += name + ' ' + std::to_string(own_port) + '\n';
  }
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  if (!o.port_file.empty()) write_port_file(o.port_file, ports);
  std::cout << "provider-sim listening on " << tcp::endpoint(at.address(), port) << std::endl;
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app("Stands in for provider servers: signal-cli's JSON-RPC over HTTP.", "provider-sim");
  add_options(app, o);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::cerr << "provider-sim: " << e.what() << '\n';
    return 1;
  }
}
