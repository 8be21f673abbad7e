#pragma once

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/system/result.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::smtp {

/// Networks of IPv4 and IPv6.
class network_list {
 public:
  /// Each is a network, "10.0.0.0/8", or an address. The error is the text that is neither.
  static boost::system::result<network_list, std::string> parse(std::span<const std::string> texts);

  /// Whether the address is in one of them; an IPv4 address in the form of IPv6 is one of IPv4.
  bool contains(std::string_view address) const;

 private:
  std::vector<boost::asio::ip::network_v4> four_;
  std::vector<boost::asio::ip::network_v6> six_;
};

}  // namespace postrider::smtp
