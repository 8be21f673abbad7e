#include "tools/provider-sim/loopback_url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>

#include <charconv>

namespace postrider::provider_sim {

namespace asio = boost::asio;

// By hand, because Boost.URL 1.81 takes `127.0.0.1.example.org` for the address 127.0.0.1 and any
// number for a port.
std::optional<loopback_url> parse_loopback_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) return std::nullopt;
  text = text.substr(scheme.size(), text.find('#') - scheme.size());
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  const std::string_view rest = text.substr(authority.size());
  const std::size_t colon =
      authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  std::string name(authority.substr(0, colon));
  if (name.size() > 2 && name.front() == '[' && name.back() == ']')
    name = name.substr(1, name.size() - 2);
  if (name == "localhost") name = "127.0.0.1";
  unsigned port = colon == authority.npos ? 80 : 0;
  const char* end = authority.data() + authority.size();
  if (colon != authority.npos &&
      std::from_chars(authority.data() + colon + 1, end, port).ptr != end)
    return std::nullopt;
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(name, ec);
  if (ec || !address.is_loopback() || port == 0 || port > 65535) return std::nullopt;
  if (rest.find_first_of(" \r\n\t") != rest.npos) return std::nullopt;
  const std::string target = (rest.starts_with('/') ? "" : "/") + std::string(rest);
  return loopback_url{{address, static_cast<unsigned short>(port)}, std::string(authority), target};
}

bool is_http_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
  return parsed && (parsed->scheme() == "http" || parsed->scheme() == "https") &&
         !parsed->encoded_host().empty();
}

}  // namespace postrider::provider_sim
