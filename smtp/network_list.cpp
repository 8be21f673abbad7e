#include "smtp/network_list.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>

namespace postrider::smtp {

namespace ip = boost::asio::ip;

namespace {

constexpr int bits_before_ipv4 = 96;

ip::address_v6 as_six(const ip::address& address) {
  return address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
}

}  // namespace

boost::system::result<network_list, std::string> network_list::parse(
    std::span<const std::string> texts) {
  network_list made;
  for (const auto& text : texts) {
    const bool with_length = text.find('/') != text.npos;
    boost::system::error_code error;
    const auto four = ip::make_network_v4(with_length ? text : text + "/32", error);
    if (!error) {
      made.all_.push_back(
          {as_six(four.address()).to_bytes(), four.prefix_length() + bits_before_ipv4});
      continue;
    }
    error.clear();
    const auto six = ip::make_network_v6(with_length ? text : text + "/128", error);
    if (error) return text;
    made.all_.push_back({six.address().to_bytes(), six.prefix_length()});
  }
  return made;
}

bool network_list::network::contains(const ip::address_v6::bytes_type& address) const {
  for (int at = 0; at < bits; ++at) {
    const auto byte = static_cast<std::size_t>(at) / 8;
    const auto mask = static_cast<unsigned char>(0x80 >> (at % 8));
    if ((bytes[byte] & mask) != (address[byte] & mask)) return false;
  }
  return true;
}

bool network_list::contains(std::string_view text) const {
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(text), error);
  if (error) return false;
  const auto wanted = as_six(address).to_bytes();
  return std::ranges::any_of(all_, [&](const auto& one) { return one.contains(wanted); });
}

}  // namespace postrider::smtp
