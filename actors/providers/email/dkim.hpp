#pragma once

#include "persistence/model.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace postrider::actors {

/// The domain that signs, and the key whose public half is in the DNS at
/// SELECTOR._domainkey.DOMAIN.
struct dkim_settings {
  std::string domain;
  std::string selector;
  std::string key;  ///< an RSA key in PEM
};

/// The message with a DKIM-Signature (RFC 6376) before it: relaxed/relaxed, rsa-sha256. `time` is
/// the signature's, so that the same message gives the same bytes. The error is a sentence that
/// holds nothing of the key.
boost::system::result<std::string, std::string> dkim_signed(std::string_view message,
                                                            const dkim_settings& settings,
                                                            persistence::time_point time);

}  // namespace postrider::actors
