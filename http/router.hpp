#pragma once

#include "http/connection/exchange.hpp"
#include "http/connection/line_stream.hpp"
#include "http/connection/push_stream.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postrider::http {

/// The content that a route expects. `foreign` is another service's call: any body, any query.
/// `lines` is NDJSON, answered while it arrives.
enum class content : std::uint8_t { none, json, optional_json, foreign, lines };

/// The key that a request needs to be let in. It cannot be left out of an endpoint.
struct required_key {
  /// Nothing: no key.
  std::optional<persistence::scope> scope;
  /// It shows or changes what belongs to users: a key that is limited to some sees nothing of
  /// others.
  bool of_users = false;
  /// It shows what is real: test keys are refused.
  bool real = false;

  constexpr required_key(std::optional<persistence::scope> scope_needed, bool users_things,
                         bool not_for_tests)
      : scope(scope_needed), of_users(users_things), real(not_for_tests) {}
};
/// For everybody, or for those who prove in another way who they are.
inline constexpr required_key no_key{std::nullopt, false, false};
inline constexpr required_key send_key{persistence::scope::send, true, false};
inline constexpr required_key read_key{persistence::scope::read, true, false};
/// For a browser's own session.
inline constexpr required_key session_key{persistence::scope::read, false, false};
/// For a person's decisions about a user, addresses included.
inline constexpr required_key read_real_key{persistence::scope::read, true, true};
/// For the programs that send to sources.
inline constexpr required_key ingest_key{persistence::scope::ingest, false, false};
/// For answers that concern no user.
inline constexpr required_key read_all_key{persistence::scope::read, false, true};
/// Figures of the server as a whole, without a text or an address.
inline constexpr required_key metrics_key{persistence::scope::metrics, false, true};
/// A key with this scope is never limited to users.
inline constexpr required_key admin_key{persistence::scope::admin, false, true};

/// One line of the table of contents.
struct endpoint {
  http::method method;
  /// "/v1/users/{user_id}/providers"
  std::string_view pattern;
  void (*handle)(exchange& x);
  required_key needs;
  http::content content = content::none;
  /// The query parameters that it knows; unused places are empty.
  std::array<std::string_view, request::max_arguments> query{};
  /// Answers also while the server is about to stop.
  bool while_draining = false;
  /// With `content::lines`; `handle` then answers a request without a body.
  std::unique_ptr<line_stream> (*open_stream)(const request& from) = nullptr;
  /// Answers as things happen, in place of `handle`.
  std::unique_ptr<push_stream> (*open_push)(exchange& x) = nullptr;
};

/// All endpoints; router.cpp is the map of the interface.
std::span<const endpoint> endpoints();
/// Its place among them.
std::size_t place_of(const endpoint& at);

/// Whether an endpoint begins work that a server which is drained leaves to others. What shows,
/// ends or reports on work goes on there.
bool begins_work(const endpoint& at);

/// Whether its body may be as large as stream_limits say: asked before the rest of the header is
/// read.
bool takes_lines(const request& from);

struct routing {
  /// Null when `refused` is set.
  const http::endpoint* endpoint = nullptr;
  std::optional<problem> refused;
  /// With 405: the methods that the path does have.
  std::string allow;
};

/// Has the endpoint answer a request whose body has arrived. A body of a route that takes none is
/// refused: it says something that nobody would hear.
void handle(const endpoint& at, exchange& x);

/// Finds the endpoint for a header, checks what of it can be checked before the body, and fills
/// the parameters of `from`.
routing route(request& from);

}  // namespace postrider::http
