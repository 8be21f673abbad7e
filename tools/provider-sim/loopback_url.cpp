#include "tools/provider-sim/loopback_url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>

namespace postrider::provider_sim {

namespace asio = boost::asio;

std::optional<loopback_url> parse_loopback_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
  if (!parsed || parsed->scheme() != "http" || parsed->has_userinfo()) return std::nullopt;
  std::string name(parsed->host_address());
  if (name == "localhost") name = "127.0.0.1";
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(name, ec);
  const unsigned short port = parsed->has_port() ? parsed->port_number() : 80;
  if (ec || !address.is_loopback() || port == 0) return std::nullopt;
  loopback_url result{{address, port}, {}, {}};
  result.host = std::string(parsed->encoded_host_and_port());
  result.target = std::string(parsed->encoded_target());
  if (result.target.empty() || result.target.front() != '/') result.target.insert(0, 1, '/');
  return result;
}

bool is_http_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
  return parsed && (parsed->scheme() == "http" || parsed->scheme() == "https") &&
         !parsed->encoded_host().empty();
}

}  // namespace postrider::provider_sim
