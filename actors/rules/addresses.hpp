#pragma once

#include "persistence/model.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

/// Recipients' addresses: which kind a text is, and its normal form. Pure functions.
namespace postrider::actors {

struct address_error {
  address_error() = default;
  /// Not an aggregate, so that a plain string is never taken for an error.
  address_error(std::string error_code, std::string text)
      : code(std::move(error_code)), detail(std::move(text)) {}
  std::string code;    ///< "bad_phone_number", "bad_email_address", "bad_url", "bad_recipient"
  std::string detail;  ///< the text that was found, and a right one
};
template <class T>
using address_result = boost::system::result<T, address_error>;

/// E.164: "+" and 7 to 15 digits, the first not 0. Spaces and "-().", as people write them, are
/// removed, and 00 at the beginning is taken as +. A "(0)" is refused: only a person knows whether
/// the 0 belongs to the number.
address_result<std::string> normalise_phone(std::string_view text);

/// RFC 5321: local part at most 64 bytes, a dot-atom; domain at most 255 bytes of letters, digits,
/// hyphens and dots; no control characters, no spaces; bytes above 0x7f as in RFC 6531. Quoted
/// local parts and address literals are not taken. The domain becomes lower case and ASCII
/// (xn--). A name around it, "Ann <ann@example.org>", is left out.
address_result<std::string> normalise_email(std::string_view text);

/// https or http, a host, no user information, no control characters or spaces, at most 512 bytes.
address_result<std::string> normalise_url(std::string_view text);

/// Name and port of a URL in its normal form: "example.org:443".
std::string host_of_url(std::string_view normal_url);

/// Tells by its form what a text is: a URL has "://", an email address "@", the rest is a phone
/// number.
address_result<persistence::recipient> parse_recipient(std::string_view text);

/// The phone number, else the email address, else the URL; empty when it is the user.
std::string first_address(const persistence::recipient& recipient);

}  // namespace postrider::actors
