#include "actors/providers/transfer/http1/request_text.hpp"

#include "actors/providers/transfer/http1/header_line.hpp"
#include "base/base64.hpp"

#include <algorithm>

namespace postrider::actors::http1 {
namespace {

/// RFC 9110 (10.1.5). Some firewalls refuse what has none.
constexpr std::string_view user_agent = "User-Agent: Postrider/" POSTRIDER_VERSION "\r\n";

bool breaks_a_header(char c) {
  return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
}
bool is_method_character(char c) { return c >= 'A' && c <= 'Z'; }

/// Headers that say where the request ends or what happens to the connection: these follow from the
/// request itself, and a second one would let the peer see another request than we sent.
bool is_the_engines_own(std::string_view header) {
  for (const auto* name :
       {"Content-Length", "Transfer-Encoding", "Connection", "Expect", "TE", "Trailer", "Upgrade"})
    if (is_named(header, name)) return true;
  return false;
}

bool has(const transfer_request& request, std::string_view name) {
  return std::ranges::any_of(request.headers,
                             [name](const auto& header) { return is_named(header, name); });
}

void append_basic(std::string& out, std::string_view name, const std::string& credentials) {
  out.append(name).append(": Basic ").append(base64_encoded(credentials)).append("\r\n");
}

}  // namespace

bool is_safe(const transfer_request& request) {
  const auto is_clean = [](const std::string& text) {
    return std::ranges::none_of(text, breaks_a_header);
  };
  return !request.method.empty() && std::ranges::all_of(request.method, is_method_character) &&
         is_clean(request.url) && std::ranges::all_of(request.headers, is_clean);
}

std::string_view body_of(const transfer_request& request) {
  return request.method == "GET" ? std::string_view() : request.body;
}

void write_head(std::string& out, const transfer_request& request, const wire::target_url& url) {
  out.append(request.method).append(" ").append(url.target).append(" HTTP/1.1\r\n");
  // RFC 9110 (7.2): it comes first.
  if (!has(request, "Host")) out.append("Host: ").append(url.host_header()).append("\r\n");
  if (!has(request, "User-Agent")) out.append(user_agent);
  if (!has(request, "Accept")) out.append("Accept: */*\r\n");
  if (!url.credentials.empty() && !has(request, "Authorization"))
    append_basic(out, "Authorization",
                 url.credentials + (url.credentials.find(':') == std::string::npos ? ":" : ""));
  for (const auto& header : request.headers)
    if (!is_the_engines_own(header)) out.append(header).append("\r\n");
  if (request.method != "GET")
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  out.append("\r\n");
}

void write_connect(std::string& out, const wire::target_url& peer, const http_proxy& proxy) {
  const auto to = peer.authority();
  out.append("CONNECT ").append(to).append(" HTTP/1.1\r\nHost: ").append(to).append("\r\n");
  if (!proxy.username.empty() || !proxy.password.empty())
    append_basic(out, "Proxy-Authorization", proxy.username + ':' + proxy.password);
  out.append(user_agent).append("Proxy-Connection: Keep-Alive\r\n\r\n");
}

}  // namespace postrider::actors::http1
