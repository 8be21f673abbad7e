#include "tools/postrider/proxy_checks.hpp"

#include "actors/rules/addresses.hpp"
#include "tools/postrider/key_builders.hpp"
#include "tools/postrider/value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::cli {
namespace {

constexpr std::string_view direct = "none";

/// Nothing but a scheme, a host and a port: a proxy has no usual port.
bool is_proxy_url(const std::string& url) {
  const auto normal = actors::normalise_url(url);
  if (!normal) return false;
  const auto host = normal->find("://") + 3, path = normal->find('/', host);
  const auto port = normal->rfind(':', path);
  return path + 1 == normal->size() && port >= host && normal->find(']', port) == normal->npos;
}

bool has_control(const std::string& text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

proxy_mistake no_proxy_alone() {
  return {"no_proxy", "hosts that no proxy is asked for, without a proxy", "url beside it"};
}

std::optional<proxy_mistake> check_proxy(const actors::http_proxy& proxy) {
  const bool named = !proxy.url.empty() && proxy.url != direct;
  if (named && !is_proxy_url(proxy.url))
    return proxy_mistake{"url", "not a URL of a proxy",
                         "http:// or https://, a host and a port, such as "
                         "\"http://proxy.example.org:3128\"; the user name and the password are "
                         "keys of their own"};
  if (!named && !proxy.username.empty())
    return proxy_mistake{"username", "a user name without a proxy", "url beside it"};
  if (proxy.username.empty() && !proxy.password.empty())
    return proxy_mistake{"password_file", "a password without a user name", "username beside it"};
  // Basic ends the name at the first colon (RFC 7617, 2).
  if (proxy.username.find(':') != std::string::npos || has_control(proxy.username))
    return proxy_mistake{"username", "a colon or a control character in it", "a name without them"};
  if (has_control(proxy.password))
    return proxy_mistake{"password_file", "a control character in the password", "one line"};
  if (const auto wrong = actors::wrong_no_proxy_entry(proxy.no_proxy); !wrong.empty())
    return proxy_mistake{"no_proxy", fmt::format("{} is in it", in_quotes(wrong)),
                         "names, addresses, networks such as 10.0.0.0/8, or *"};
  if (!named && !proxy.no_proxy.empty() && proxy.no_proxy != called_directly)
    return no_proxy_alone();
  return std::nullopt;
}

actors::http_proxy proxy_in_force(const actors::http_proxy& own, const actors::http_proxy& of_all) {
  if (own.url.empty()) return of_all;
  return own.url == direct ? actors::http_proxy{} : own;
}

}  // namespace postrider::cli
