#include "http/authorisation.hpp"

#include "http/browser_guard.hpp"
#include "http/media_type.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::http {
namespace {

struct credentials {
  std::size_t count = 0;
  std::string_view value;
};

credentials credentials_of(const request& from) {
  credentials found;
  for (const auto& [name, value] : from.fields)
    if (equals_ignoring_case(name, "Authorization")) {
      ++found.count;
      found.value = value;
    }
  return found;
}

/// What follows "Bearer "; empty when it is something else.
std::string_view bearer_token(std::string_view value) {
  constexpr std::string_view scheme = "Bearer ";
  if (!equals_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

/// RFC 6750, 3: `error` is left out when no credentials came.
problem challenge(response& into, std::string_view error, std::string detail) {
  into.authenticate = R"(Bearer realm="postrider")";
  if (!error.empty()) into.authenticate += fmt::format(R"(, error="{}")", error);
  return {problem_code::unauthorized, std::move(detail)};
}

problem rate_is_used_up(const actors::request_budget& budget) {
  problem what{problem_code::rate_limited,
               fmt::format("this key may make {} requests a minute", budget.limit)};
  what.retry_after = std::max(budget.reset, std::chrono::seconds(1));
  return what;
}

problem scope_is_missing(response& into, const persistence::api_key& key,
                         persistence::scope needed) {
  into.authenticate = fmt::format(
      R"(Bearer realm="postrider", error="insufficient_scope", scope="{}")", to_string(needed));
  return {problem_code::insufficient_scope,
          fmt::format("this needs the scope \"{}\"; the key has \"{}\"", to_string(needed),
                      to_string(key.scopes))};
}

}  // namespace

std::optional<problem> authorise(const front& shared, const endpoint& at, request& from,
                                 response& into) {
  if (!at.needs.scope) return std::nullopt;
  const auto given = credentials_of(from);
  if (given.count == 0) {
    if (!shared.settings.keys_required) return refuse_web_page(from);
    return challenge(into, {}, "send an API key: Authorization: Bearer pr_...");
  }
  const auto token = bearer_token(given.value);
  if (given.count > 1 || token.empty())
    return challenge(into, "invalid_request", "Authorization must be there once: Bearer pr_...");
  auto admitted = shared.gateway.admit(token);
  if (!admitted) return to_problem(std::move(admitted).error());
  if (!admitted->client)
    return challenge(into, "invalid_token",
                     "there is no such key, or it has expired or was revoked");
  into.rate = admitted->rate;
  if (admitted->rate && !admitted->rate->allowed) return rate_is_used_up(*admitted->rate);
  if (!admitted->client->scopes.allows(*at.needs.scope))
    return scope_is_missing(into, *admitted->client, *at.needs.scope);
  if (admitted->client->test && at.needs.real)
    return problem{problem_code::insufficient_scope,
                   "a test key sees what test keys posted, and nothing else"};
  from.client = std::move(admitted->client);
  return std::nullopt;
}

}  // namespace postrider::http
