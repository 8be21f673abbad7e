#include "http/authorisation.hpp"

#include "http/browser_guard.hpp"
#include "http/media_type.hpp"
#include "http/session_cookie.hpp"
#include "http/sources/source_reader.hpp"

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

/// The text after "Bearer "; empty when it is something else.
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

constexpr std::string_view no_such_key = "there is no such key, or it has expired or was revoked";

problem rate_is_used_up(const actors::request_budget& budget) {
  const auto wait = std::max(budget.reset, std::chrono::seconds(1));
  problem what{problem_code::rate_limited,
               fmt::format("this key may make {} requests a minute; again in {} s", budget.limit,
                           wait.count())};
  what.retry_after = wait;
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

/// By the code that the client is told.
std::optional<problem> counted(counters& refusals, std::optional<problem> refused) {
  if (!refused) return refused;
  switch (refused->code) {
    case problem_code::unauthorized: refusals.count(refusal::unauthorized); break;
    case problem_code::insufficient_scope: refusals.count(refusal::insufficient_scope); break;
    case problem_code::forbidden: refusals.count(refusal::forbidden); break;
    case problem_code::rate_limited: refusals.count(refusal::rate_limited); break;
    default: break;
  }
  return refused;
}

constexpr std::string_view send_a_key = "send an API key: Authorization: Bearer pr_...";

/// The key was let in; whether it may be used for this.
std::optional<problem> refusal_of_key(const endpoint& at, const actors::admission& admitted,
                                      response& into) {
  into.rate = admitted.rate;
  if (admitted.rate && !admitted.rate->allowed) return rate_is_used_up(*admitted.rate);
  if (!admitted.client->scopes.allows(*at.needs.scope))
    return scope_is_missing(into, *admitted.client, *at.needs.scope);
  if (admitted.client->test && at.needs.real)
    return problem{problem_code::insufficient_scope,
                   "a test key sees what test keys posted, and nothing else"};
  return std::nullopt;
}

/// A browser that signed in. Its cookie comes with every request, whoever had the browser send it,
/// so a request that changes something must come from a page of this server.
std::optional<problem> refusal_of_session(const front& shared, const endpoint& at, request& from,
                                          response& into, std::string_view token) {
  const bool reads = from.method == method::get || from.method == method::head;
  if (!reads && !is_from_own_page(from))
    return problem{problem_code::forbidden,
                   "the request has a browser's cookie and does not come from a page of this "
                   "server; programs send an API key: Authorization: Bearer pr_..."};
  auto admitted = shared.gateway.admit_session(token);
  if (!admitted) return to_problem(std::move(admitted).error());
  if (!admitted->client)
    return challenge(into, "invalid_token", "the session has ended; sign in again");
  if (auto refused = refusal_of_key(at, *admitted, into)) return refused;
  from.client = std::move(admitted->client);
  return std::nullopt;
}

std::optional<problem> refusal_of_source(const persistence::api_key& key,
                                         const sources::source_settings& source) {
  if (key.sources.empty() || std::ranges::binary_search(key.sources, source.name))
    return std::nullopt;
  return problem{problem_code::insufficient_scope,
                 fmt::format("this key is not for the source \"{}\"", source.name)};
}

/// Programs that know nothing of Postrider send to sources: their key is where they can put one,
/// and a server that asks for no key looks at none, whatever it is.
std::optional<problem> refusal_at_source(const front& shared, const endpoint& at, request& from,
                                         response& into) {
  const auto& source = from.source->settings;
  const auto key = source_key(from);
  if (!shared.settings.keys_required) {
    if (key) {
      auto admitted = shared.gateway.admit(*key);
      // So that a test key is one here too.
      if (admitted && admitted->client) from.client = std::move(admitted->client);
    }
    if (from.local) return std::nullopt;
    const auto host = from.host.substr(0, from.host.find(':'));
    return refuse_web_page(from, !host.empty() && equals_ignoring_case(host, source.host));
  }
  if (!key) {
    if (from.local) return std::nullopt;
    return challenge(into, {}, std::string(send_a_key));
  }
  auto admitted = shared.gateway.admit(*key);
  if (!admitted) return to_problem(std::move(admitted).error());
  if (!admitted->client) {
    into.wrong_key = true;
    return challenge(into, "invalid_token", std::string(no_such_key));
  }
  if (auto refused = refusal_of_key(at, *admitted, into)) return refused;
  if (auto refused = refusal_of_source(*admitted->client, source)) return refused;
  from.client = std::move(admitted->client);
  return std::nullopt;
}

std::optional<problem> refusal_of(const front& shared, const endpoint& at, request& from,
                                  response& into) {
  if (!at.needs.scope) return std::nullopt;
  if (from.source) return refusal_at_source(shared, at, from, into);
  const auto given = credentials_of(from);
  if (given.count == 0) {
    if (from.local) return std::nullopt;
    if (!shared.settings.keys_required) return refuse_web_page(from);
    const auto session = session_token(from);
    // A source never looks at cookies, and neither does the path of one that is not there.
    const bool counts = *at.needs.scope != persistence::scope::ingest;
    if (counts && !session.empty()) return refusal_of_session(shared, at, from, into, session);
    return challenge(into, {}, std::string(send_a_key));
  }
  const auto token = bearer_token(given.value);
  if (given.count > 1 || token.empty())
    return challenge(into, "invalid_request", "Authorization must be there once: Bearer pr_...");
  auto admitted = shared.gateway.admit(token);
  if (!admitted) return to_problem(std::move(admitted).error());
  if (!admitted->client) {
    into.wrong_key = true;
    return challenge(into, "invalid_token", std::string(no_such_key));
  }
  if (auto refused = refusal_of_key(at, *admitted, into)) return refused;
  from.client = std::move(admitted->client);
  return std::nullopt;
}

std::optional<problem> refusal_of_line(front& shared, const request& from) {
  if (!from.client) return std::nullopt;
  const auto given = credentials_of(from);
  const auto admitted = given.count == 0 ? shared.gateway.admit_session(session_token(from))
                                         : shared.gateway.admit(bearer_token(given.value));
  if (!admitted) return to_problem(admitted.error());
  if (!admitted->client) return problem{problem_code::unauthorized, std::string(no_such_key)};
  if (admitted->rate && !admitted->rate->allowed) return rate_is_used_up(*admitted->rate);
  return std::nullopt;
}

}  // namespace

std::optional<problem> authorise(front& shared, const endpoint& at, request& from, response& into) {
  return counted(shared.counters, refusal_of(shared, at, from, into));
}

std::optional<problem> authorise_line(front& shared, const request& from) {
  return counted(shared.counters, refusal_of_line(shared, from));
}

}  // namespace postrider::http
