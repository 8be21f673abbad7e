// provider-sim: simulates the servers of providers in demos, tests and benchmarks.

#include "tools/arguments/arguments.hpp"
#include "tools/provider-sim/server.hpp"
#include "tools/provider-sim/signature.hpp"

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
using postrider::add_flag;
using postrider::add_option;

struct options {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> own_ports, smtp_ports;
  protocol_options known;
  std::string webhook_secret, tls_certificate, tls_key;
  double keep_alive_s = 15;
  std::string port_file;
  std::uint64_t seed = 1;
  bool keep_texts = false;
  std::string call_log;
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

constexpr const char* footer =
    "A provider called NAME has its HTTP paths under /p/NAME, or anywhere on a port of its own;\n"
    "without /p/NAME they are those of the one called default.\n"
    "  signal-cli             POST /api/v1/rpc, GET /api/v1/check, GET /api/v1/events[?account=]\n"
    "  signal-cli-rest-api    POST /v2/send, GET /v1/health|about, GET /v1/search/NUMBER?numbers=\n"
    "  Twilio                 POST /2010-04-01/Accounts/SID/Messages.json\n"
    "  Kannel                 GET /cgi-bin/sendsms\n"
    "  Standard Webhooks      POST /hook/ANYTHING\n"
    "  ntfy                   POST /\n"
    "Callbacks go to loopback addresses only.\n"
    "Control: PUT|GET /control/NAME/behaviour, GET /control/NAME/tally|accepted|latency,\n"
    "POST /control/NAME/query|reset, GET /control. docs/internals/testing.md describes "
    "behaviours.\n"
    "Exit: 0 after SIGTERM or SIGINT, 1 failed, 2 usage.";

void add_port_options(CLI::App& app, options& o) {
  add_option(app, "--listen", o.listen,
             "loopback ADDRESS:PORT of all providers; port 0 takes a free one")
      .with_default();
  add_option(app, "--provider", o.own_ports,
             "NAME=ADDRESS:PORT: a port of its own for this provider; while the provider is down "
             "the port refuses connections (repeatable)");
  add_option(app, "--smtp", o.smtp_ports,
             "NAME=ADDRESS:PORT: the same, and SMTP is spoken there (repeatable)");
  add_option(app, "--port-file", o.port_file,
             "write the port to this file, then a line NAME PORT per --provider and --smtp");
}

void add_options(CLI::App& app, options& o) {
  add_port_options(app, o);
  add_option(app, "--account", o.known.accounts,
             "a Signal account that exists (repeatable; default: any)");
  add_option(app, "--event-keep-alive", o.keep_alive_s,
             "seconds without an event after which /api/v1/events writes a comment")
      .with_default()
      .between(0.01, 3600.0);
  add_option(app, "--twilio-token", o.known.twilio_token,
             "Twilio's auth token, wanted as password and used to sign callbacks (default: "
             "any password, which signs)");
  add_option(app, "--kannel-login", o.known.kannel_login,
             "USER:PASSWORD of sendsms (default: any)");
  add_option(app, "--webhook-secret", o.webhook_secret,
             "whsec_...: check the signatures at /hook/ (default: do not)");
  add_option(app, "--ntfy-token", o.known.ntfy_token,
             "wanted as bearer token (default: any or none)");
  add_option(app, "--smtp-login", o.known.smtp_login,
             "USER:PASSWORD, wanted before MAIL (default: any or none)");
  add_option(app, "--tls-cert", o.tls_certificate, "PEM file; with it SMTP offers STARTTLS");
  add_option(app, "--tls-key", o.tls_key, "PEM file with the key of --tls-cert");
  add_option(app, "--seed", o.seed, "of every provider's behaviour until it is set").with_default();
  add_flag(app, "--keep-texts", o.keep_texts,
           "keep what was accepted, for GET /control/NAME/accepted");
  add_option(app, "--call-log", o.call_log,
             "write a line of JSON to this file for each recipient of each call");
}

// A program that waits for the file to appear must not see a half of it.
void write_port_file(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  std::ofstream(draft) << text;
  if (std::rename(draft.c_str(), path.c_str()) != 0)
    throw std::runtime_error("cannot write " + path);
}

// `NAME=ADDRESS:PORT`
std::pair<std::string, tcp::endpoint> parse_own_port(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (equals == text.npos || !provider_book::is_name(name))
    throw std::runtime_error("not NAME=ADDRESS:PORT: " + text);
  return {name, parse_loopback(text.substr(equals + 1))};
}

protocol_options read_protocols(const options& o) {
  protocol_options known = o.known;
  known.event_keep_alive =
      std::chrono::milliseconds(static_cast<std::int64_t>(o.keep_alive_s * 1000));
  if (!o.webhook_secret.empty()) {
    known.webhook_key = webhook_key(o.webhook_secret);
    if (known.webhook_key.empty())
      throw std::runtime_error("--webhook-secret must be whsec_ and base64");
  }
  return known;
}

smtp_settings read_smtp(const options& o) {
  smtp_settings settings{o.known.smtp_login, nullptr};
  if (o.tls_certificate.empty() != o.tls_key.empty())
    throw std::runtime_error("--tls-cert and --tls-key belong together");
  if (o.tls_certificate.empty()) return settings;
  settings.tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  boost::system::error_code ec;
  settings.tls->use_certificate_chain_file(o.tls_certificate, ec);
  if (ec)
    throw std::runtime_error(o.tls_certificate + " is no usable certificate: " + ec.message());
  settings.tls->use_private_key_file(o.tls_key, asio::ssl::context::pem, ec);
  if (ec) throw std::runtime_error(o.tls_key + " is not the certificate's key: " + ec.message());
  return settings;
}

int run(const options& o) {
  const smtp_settings mail = read_smtp(o);
  asio::io_context io(1);
  behaviour_settings initial;
  initial.seed = o.seed;
  provider_book book(o.keep_texts, initial);
  if (!o.call_log.empty()) book.log_calls(std::make_unique<call_log>(o.call_log));
  dispatcher requests(book, read_protocols(o));
  server serves(io, book, requests);
  const tcp::endpoint at = parse_loopback(o.listen);
  const unsigned short port = serves.listen_shared(at);
  std::string ports = std::to_string(port) + '\n';
  for (const std::string& own : o.own_ports) {
    const auto [name, where] = parse_own_port(own);
    ports += name + ' ' + std::to_string(serves.listen_for(name, where)) + '\n';
  }
  for (const std::string& own : o.smtp_ports) {
    const auto [name, where] = parse_own_port(own);
    ports += name + ' ' + std::to_string(serves.listen_smtp(name, where, mail)) + '\n';
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
  postrider::argument_parser parser(
      "Simulate the servers of providers: Signal, SMS, webhooks, ntfy, mail.", "provider-sim",
      footer);
  add_options(parser.options(), o);
  if (const auto code = parser.parse(argc, argv)) return *code;
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::cerr << "provider-sim: " << e.what() << '\n';
    return 1;
  }
}
