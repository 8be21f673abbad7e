#pragma once

#include "http/request.hpp"

#include <optional>

/// The cookie of a signed-in browser (RFC 6265). It counts as the key that signed in.
namespace postrider::http {

inline constexpr std::string_view session_cookie_name = "postrider_session";

/// The token in the request's cookie; empty: none, or more than one.
std::string_view session_token(const request& from);

/// Whether the request comes from a page of this server, as the browser says in Sec-Fetch-Site, or
/// else in Origin. A request that says neither comes from no page that we know of.
bool is_from_own_page(const request& from);

/// Whether the browser says that its page came by TLS, perhaps to a proxy.
bool is_page_secure(const request& from);

/// The value of Set-Cookie; an empty token ends the cookie.
std::string session_cookie(std::string_view token, bool secure);

}  // namespace postrider::http
