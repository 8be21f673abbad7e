#include "smtp/network_list.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>

namespace postrider::smtp {

namespace ip = boost::asio::ip;

boost::system::result<network_list, std::string> network_list::parse(
    std::span<const std::string> texts) {
  network_list made;
  for (const auto& text : texts) {
    const bool with_length = text.find('/') != text.npos;
    boost::system::error_code error;
    const auto four = ip::make_network_v4(with_length ? text : text + "/32", error);
    if (!error) {
      made.four_.push_back(four.canonical());
      continue;
    }
    error.clear();
    const auto six = ip::make_network_v6(with_length ? text : text + "/128", error);
    if (error) return text;
    made.six_.push_back(six.canonical());
  }
  return made;
}

bool network_list::contains(std::string_view text) const {
  boost::system::error_code error;
  auto address = ip::make_address(std::string(text), error);
  if (error) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  if (address.is_v4())
    return std::ranges::any_of(four_, [&](const auto& network) {
      return network.canonical() ==
             ip::make_network_v4(address.to_v4(), network.prefix_length()).canonical();
    });
  return std::ranges::any_of(six_, [&](const auto& network) {
    return network.canonical() ==
           ip::make_network_v6(address.to_v6(), network.prefix_length()).canonical();
  });
}

}  // namespace postrider::smtp
