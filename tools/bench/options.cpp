#include "tools/bench/options.hpp"

#include "tools/arguments/arguments.hpp"

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

/// Returns --duration, whose default depends on --count.
argument add_load_options(CLI::App& app, options& o, raw_texts& raw) {
  add_option(app, "--url", raw.url, "Postrider's base URL, on loopback").with_default();
  add_option(app, "--mode", raw.mode,
             "closed: each connection sends when it is answered; open: at --rate")
      .one_of({"closed", "open"})
      .with_default();
  add_option(app, "--target", raw.target,
             "signal: post signal-cli's JSON-RPC to --url, to measure provider-sim alone; mail: "
             "send mail with PIPELINING to a --url such as smtp://127.0.0.1:2525")
      .one_of({"postrider", "signal", "mail"})
      .with_default();
  add_option(app, "--rate", o.rate, "messages a second (open mode)")
      .between(0.001, 1e7)
      .with_default();
  add_option(app, "--connections", o.connections, "connections").between(1, 10000).with_default();
  const auto duration =
      add_option(app, "--duration", o.duration_s, "seconds of sending; with --count alone an hour")
          .between(0.001, 1e6);
  add_option(app, "--count", o.count, "messages to send, then end");
  add_option(app, "--users", o.users, "user ids 1 to N, in turn")
      .between(1, 1000000000)
      .with_default();
  add_option(app, "--recipients", o.recipients,
             "how many different numbers are written to, in turn")
      .between(1, 10000000)
      .with_default();
  add_option(app, "--text-bytes", o.text_bytes, "pad the texts to this length").between(0, 65536);
  add_option(app, "--key", o.key, "API key, sent as a Bearer token");
  add_option(app, "--mail-to", o.mail_to, "the recipient of mail").with_default();
  add_option(app, "--timeout", o.timeout_s, "seconds to wait for one answer")
      .between(0.01, 1e6)
      .with_default();
  add_flag(app, "--stop-on-disconnect", o.stop_on_disconnect,
           "end when the server goes away, instead of reconnecting");
  return duration;
}

void add_report_options(CLI::App& app, options& o, raw_texts& raw) {
  add_option(app, "--sim-url", raw.sim_url,
             "provider-sim's base URL: wait until all has arrived there");
  add_option(app, "--sim-provider", o.sim_provider, "whose tally to look at").with_default();
  add_flag(app, "--sim-reset", o.sim_reset, "empty that tally and its latencies first");
  add_option(app, "--drain-timeout", o.drain_timeout_s, "seconds to wait for all to arrive")
      .between(0.0, 1e6)
      .with_default();
  add_option(app, "--pid", raw.pids,
             "NAME=PID: report CPU and memory of this process (repeatable)");
  add_option(app, "--history", o.history, "write each request's final state to this file, NDJSON");
  add_flag(app, "--json", o.json, "machine-readable results");
}

}  // namespace

http_url parse_url(const std::string& text, std::string_view scheme) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed || parsed->scheme() != scheme || !parsed->has_port())
    throw std::runtime_error("not " + std::string(scheme) + "://ADDRESS:PORT: " + text);
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
  argument_parser parser("Load generator for Postrider's POST /send/message.", "bench",
                         "Exit: 0 done, 1 nothing was accepted or not all of it arrived, 2 usage.");
  raw_texts raw;
  const auto duration = add_load_options(parser.options(), into, raw);
  add_report_options(parser.options(), into, raw);
  if (const auto code = parser.parse(argc, argv)) return *code;
  try {
    into.mode = raw.mode == "open" ? load_mode::open : load_mode::closed;
    into.target = raw.target == "signal" ? load_target::signal
                  : raw.target == "mail" ? load_target::mail
                                         : load_target::postrider;
    into.url = parse_url(raw.url, into.target == load_target::mail ? "smtp" : "http");
    into.with_sim = !raw.sim_url.empty();
    if (into.with_sim) into.sim = parse_url(raw.sim_url);
    for (const std::string& pid : raw.pids)
      into.processes.push_back(parse_process(pid));
    if (into.count > 0 && !duration.given()) into.duration_s = 3600;
  } catch (const std::exception& e) {
    std::cerr << "bench: " << e.what() << '\n';
    return 2;
  }
  return -1;
}

}  // namespace postrider::bench
