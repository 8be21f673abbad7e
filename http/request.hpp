#pragma once

#include "actors/api/delivery_requests.hpp"
#include "http/inbound.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::inbound {
struct open_source;
}

namespace postrider::http {

/// The methods that a route can have; `other` is every other token, "get" in lower case too
/// (RFC 9110, 9.1: methods are case-sensitive).
enum class method : std::uint8_t { get, head, post, put, patch, del, other };

constexpr std::string_view method_name(method what) {
  switch (what) {
    case method::get: return "GET";
    case method::head: return "HEAD";
    case method::post: return "POST";
    case method::put: return "PUT";
    case method::patch: return "PATCH";
    case method::del: return "DELETE";
    case method::other: break;
  }
  return "";
}

/// One request after the gate. The views live as long as the request is worked on.
struct request {
  http::method method = http::method::other;
  /// The request-target in origin-form, as received.
  std::string_view path;
  /// Without the "?".
  std::string_view query;
  /// The host that was asked: of the target where it has one, else of the Host field. Only HTTP/1.0
  /// may have neither; then it is empty, and `without_host` is true.
  std::string_view host;
  bool without_host = false;
  /// From the header block only; what comes in trailers is never looked at.
  std::string_view content_type, content_encoding, expect;
  /// The value of X-Request-Id in the answer: the client's own, or a random one.
  std::string id;
  std::string_view body;
  /// It came by the local socket, which counts as a key of every scope.
  bool local = false;
  /// The key that it came with; null without one.
  std::shared_ptr<const persistence::api_key> client;
  /// The source that it goes to; null: none.
  std::shared_ptr<const open_source> source;
  /// The path below that source, as received.
  std::string_view source_path;
  /// Every field of the header block, as received, for routes that others sign.
  std::vector<std::pair<std::string_view, std::string_view>> fields;

  static constexpr std::size_t max_parameters = 2;
  /// The {parameters} of the route's pattern in their order, percent-decoded.
  std::array<std::string, max_parameters> parameters;
  static constexpr std::size_t max_arguments = 10;
  /// The query parameters in the order in which the route names them, decoded.
  std::array<std::string, max_arguments> arguments;

  static constexpr std::size_t max_members = 5;
  /// Query parameters "metadata.NAME" where the route takes them: NAME and value.
  std::vector<std::pair<std::string, std::string>> members;

  /// For the next request of the connection. `id` and `local` stay; parameters and arguments are
  /// the router's to set, where a route has them.
  void forget() {
    method = http::method::other;
    path = query = host = content_type = content_encoding = expect = body = source_path = {};
    without_host = false;
    client.reset();
    source.reset();
    fields.clear();
  }
};

}  // namespace postrider::http
