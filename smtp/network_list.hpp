#pragma once

#include <boost/asio/ip/address_v6.hpp>
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

  /// Whether the address is in one of them.
  bool contains(std::string_view address) const;

 private:
  /// IPv4 is a part of IPv6 (::ffff:0:0/96) here, so that an address in either form is the same.
  struct network {
    boost::asio::ip::address_v6::bytes_type bytes;
    int bits = 0;

    bool contains(const boost::asio::ip::address_v6::bytes_type& address) const;
  };

  std::vector<network> all_;
};

}  // namespace postrider::smtp
