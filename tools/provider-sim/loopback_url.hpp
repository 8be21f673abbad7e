#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// Where a callback goes: only ever to this machine, because whoever may send a message could
// otherwise make this program call any address.
struct loopback_url {
  boost::asio::ip::tcp::endpoint endpoint;
  std::string host;    // as in the URL, with the port if it has one; for the Host header
  std::string target;  // path and query
};

// nullopt for anything but http://, a loopback address or `localhost`, and no user.
std::optional<loopback_url> parse_loopback_url(std::string_view url);
bool is_http_url(std::string_view url);

}  // namespace postrider::provider_sim
