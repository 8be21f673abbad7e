#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Percent-encoding (RFC 3986, 2.1) and forms (WHATWG URL, 5), by Boost.URL.
namespace postrider {

/// Escapes all but letters, digits and "-._~", as a query and a form need it.
std::string percent_encoded(std::string_view text);

enum class plus_sign : bool { itself, space };
/// Decodes once. Nothing unless each "%" is followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text,
                                           plus_sign plus = plus_sign::itself);

/// One "name=value"; both parts are still encoded.
struct encoded_field {
  std::string_view name, value;
};
/// Takes the next field from the front of a query or form. Empty fields are skipped.
std::optional<encoded_field> next_field(std::string_view& text);

using form_fields = std::vector<std::pair<std::string, std::string>>;
/// application/x-www-form-urlencoded, in the order given; a space becomes "%20".
std::string form_encoded(const form_fields& fields);
/// Reads the fields in their order; "+" is a space. Nothing when an escape is not one.
std::optional<form_fields> form_decoded(std::string_view text);

}  // namespace postrider
