#include "tools/bench/options.hpp"

#include <CLI/CLI.hpp>
#include <boost/url/parse.hpp>

#include <charconv>
#include <iostream>
#include <stdexcept>

namespace postrider::bench {
namespace {

std::pair<std::string, int> parse_process(const std::string& text) {
  const std::size_t equals = text.find('=');
  int pid = 0;
  const char* end = text.data() + text.size();
  if (equals == text.npos || std::from_chars(text.data() + equals + 1, end, pid).ptr != end ||
      pid <= 0)
    throw std::runtime_error("--pid: not NAME=PID: " + text);
  return {text.substr(0, equals), pid};
}

// Values that CLI11 reads as text and that are turned into something else.
struct raw_texts {
  std::string url = "http://127.0.0.1:8080";
  std::string mode = "closed";
  std::string target = "postrider";
  std::string sim_url;
  std::vector<std::string> pids;
};

void add_load_options(CLI::App& app, options& o, raw_texts& raw) {
  app.add_option("--url", raw.url, "Postrider's base URL, on loopback")->capture_default_str();
  app.add_option("--mode", raw.mode,
                 "closed: each connection sends when it is answered; open: at --rate")
      ->check(CLI::IsMember({"closed", "open"}))
      ->capture_default_str();
  app.add_option("--target", raw.target,
                 "signal: post signal-cli's JSON-RPC to --url, to measure provider-sim alone")
      ->check(CLI::IsMember({"postrider", "signal"}))
      ->capture_default_str();
  app.add_option("--rate", o.rate, "messages a second (open mode)")
      ->check(CLI::Range(0.001, 1e7))
      ->capture_default_str();
  app.add_option("--connections", o.connections, "connections")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--duration", o.duration_s, "seconds of sending; with --count alone an hour")
      ->check(CLI::Range(0.001, 1e6));
  app.add_option("--count", o.count, "messages to send, then end");
  app.add_option("--users", o.users, "user ids 1 to N, in turn")
      ->check(CLI::Range(1, 1000000000))
      ->capture_default_str();
  app.add_option("--recipients", o.recipients, "how many different numbers are written to, in turn")
      ->check(CLI::Range(1, 10000000))
      ->capture_default_str();
  app.add_option("--text-bytes", o.text_bytes, "pad the texts to this length")
      ->check(CLI::Range(0, 65536));
  app.add_option("--key", o.key, "API key, sent as a Bearer token");
  app.add_option("--timeout", o.timeout_s, "seconds to wait for one answer")
      ->check(CLI::Range(0.01, 1e6))
      ->capture_default_str();
  app.add_flag("--stop-on-disconnect", o.stop_on_disconnect,
               "end when the server goes away, instead of reconnecting");
}

void add_report_options(CLI::App& app, options& o, raw_texts& raw) {
  app.add_option("--sim-url", raw.sim_url,
                 "provider-sim's base URL: wait until all has arrived there");
  app.add_option("--sim-provider", o.sim_provider, "whose tally to look at")->capture_default_str();
  app.add_flag("--sim-reset", o.sim_reset, "empty that tally and its latencies first");
  app.add_option("--drain-timeout", o.drain_timeout_s, "seconds to wait for all to arrive")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--pid", raw.pids, "NAME=PID: report CPU and memory of this process (repeatable)");
  app.add_option("--history", o.history, "write each request's final state to this file, NDJSON");
  app.add_flag("--json", o.json, "machine-readable results");
  app.footer("Exit: 0 done, 1 nothing was accepted or not all of it arrived, 2 usage.");
}

}  // namespace

http_url parse_url(const std::string& text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed || parsed->scheme() != "http" || !parsed->has_port())
    throw std::runtime_error("not http://ADDRESS:PORT: " + text);
  std::string host = parsed->host_address();
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(host, ec);
  if (ec || !address.is_loopback()) throw std::runtime_error("not a loopback address: " + text);
  std::string path(parsed->encoded_path());
  while (!path.empty() && path.back() == '/')
    path.pop_back();
  return {{address, parsed->port_number()}, path};
}

int parse_options(int argc, char** argv, options& into) {
  CLI::App app("Load generator for Postrider's POST /send/message.", "bench");
  raw_texts raw;
  add_load_options(app, into, raw);
  add_report_options(app, into, raw);
  try {
    app.parse(argc, argv);
    into.url = parse_url(raw.url);
    into.mode = raw.mode == "open" ? load_mode::open : load_mode::closed;
    into.target = raw.target == "signal" ? load_target::signal : load_target::postrider;
    into.with_sim = !raw.sim_url.empty();
    if (into.with_sim) into.sim = parse_url(raw.sim_url);
    for (const std::string& pid : raw.pids)
      into.processes.push_back(parse_process(pid));
    if (into.count > 0 && app.count("--duration") == 0) into.duration_s = 3600;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const std::exception& e) {
    std::cerr << "bench: " << e.what() << '\n';
    return 2;
  }
  return -1;
}

}  // namespace postrider::bench
