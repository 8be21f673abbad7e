#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::bench {

enum class load_mode { closed, open };

// The target of the requests: Postrider, or provider-sim itself as signal-cli, to see what it can
// take; or Postrider by mail.
enum class load_target { postrider, signal, mail };

// A loopback server and the path below which requests go, without a slash at the end.
struct http_url {
  boost::asio::ip::tcp::endpoint endpoint;
  std::string path;
};

// Throws std::runtime_error for anything but SCHEME://LOOPBACK:PORT[/path].
http_url parse_url(const std::string& text, std::string_view scheme = "http");

struct options {
  http_url url;
  load_mode mode = load_mode::closed;
  load_target target = load_target::postrider;
  double rate = 1000;  // arrivals a second, open mode only
  unsigned connections = 32;
  double duration_s = 10;
  std::uint64_t count = 0;  // 0: as many as the duration allows
  std::uint64_t users = 1;
  std::uint64_t recipients = 1'000'000;  // how many different numbers are written to
  std::size_t text_bytes = 0;            // the text is padded to this length
  std::string key;
  std::string mail_to = "alerts@bench.example";
  double timeout_s = 30;  // one request
  bool stop_on_disconnect = false;
  bool json = false;
  std::string history;
  bool with_sim = false;
  http_url sim;
  std::string sim_provider = "default";
  bool sim_reset = false;
  double drain_timeout_s = 30;
  std::vector<std::pair<std::string, int>> processes;  // name and process id
};

// Returns the exit code when the program is to end at once (--help, a usage error), else -1.
int parse_options(int argc, char** argv, options& into);

}  // namespace postrider::bench
