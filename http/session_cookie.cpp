#include "http/session_cookie.hpp"

#include "http/media_type.hpp"

#include <fmt/format.h>

namespace postrider::http {
namespace {

/// The only field of that name; nothing: there is none. A name that comes twice says nothing good.
struct only_field {
  bool twice = false;
  std::optional<std::string_view> value;
};

only_field field_of(const request& from, std::string_view wanted) {
  only_field found;
  for (const auto& [name, value] : from.fields) {
    if (!equals_ignoring_case(name, wanted)) continue;
    found.twice |= found.value.has_value();
    found.value = value;
  }
  return found;
}

constexpr std::string_view secure_scheme = "https://", plain_scheme = "http://";

}  // namespace

std::string_view session_token(const request& from) {
  std::string_view token;
  int count = 0;
  for (const auto& [name, value] : from.fields) {
    if (!equals_ignoring_case(name, "Cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto pair = take_part(rest);
      const auto equals = pair.find('=');
      if (equals == pair.npos || pair.substr(0, equals) != session_cookie_name) continue;
      token = pair.substr(equals + 1);
      ++count;
    }
  }
  return count == 1 ? token : std::string_view();
}

bool is_from_own_page(const request& from) {
  const auto site = field_of(from, "Sec-Fetch-Site"), origin = field_of(from, "Origin");
  if (site.twice || origin.twice) return false;
  if (site.value && *site.value != "same-origin") return false;
  if (!origin.value) return site.value.has_value();
  for (const auto scheme : {secure_scheme, plain_scheme})
    if (origin.value->starts_with(scheme))
      return equals_ignoring_case(origin.value->substr(scheme.size()), from.host);
  return false;
}

bool is_page_secure(const request& from) {
  const auto origin = field_of(from, "Origin");
  return origin.value && origin.value->starts_with(secure_scheme);
}

std::string session_cookie(std::string_view token, bool secure) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", session_cookie_name, token,
                     secure ? "; Secure" : "", token.empty() ? "; Max-Age=0" : "");
}

}  // namespace postrider::http
