#include "http/problem.hpp"

#include "http/json/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace postrider::http {
namespace {

struct row {
  problem_code code;
  unsigned status;
  std::string_view name;
  std::string_view title;
  /// Seconds; 0 when coming again would not help, or is not known to be harmless.
  int retry_after = 0;
};

constexpr std::array rows{
    row{problem_code::bad_request, 400, "bad_request", "The request is not valid HTTP"},
    row{problem_code::invalid_json, 400, "invalid_json", "The body is not valid JSON"},
    row{problem_code::unusable_payload, 400, "unusable_payload",
        "The source cannot read this request"},
    row{problem_code::unknown_query_parameter, 400, "unknown_query_parameter",
        "Unknown query parameter"},
    row{problem_code::bad_query_parameter, 400, "bad_query_parameter", "Malformed query parameter"},
    row{problem_code::bad_path, 400, "bad_path", "Malformed path"},
    row{problem_code::unauthorized, 401, "unauthorized", "A valid API key is required"},
    row{problem_code::insufficient_scope, 403, "insufficient_scope",
        "The API key lacks the permission"},
    row{problem_code::forbidden, 403, "forbidden", "Not allowed from here"},
    row{problem_code::not_found, 404, "not_found", "Not found"},
    row{problem_code::method_not_allowed, 405, "method_not_allowed", "Method not allowed"},
    row{problem_code::request_timeout, 408, "request_timeout",
        "The request did not arrive in time"},
    row{problem_code::conflict, 409, "conflict", "Conflict with the current state"},
    row{problem_code::cursor_expired, 410, "cursor_expired",
        "Events behind this cursor were removed"},
    row{problem_code::idempotency_in_progress, 409, "idempotency_in_progress",
        "The first request with this key is in progress", 1},
    row{problem_code::body_too_large, 413, "body_too_large", "The body is too large"},
    row{problem_code::unsupported_media_type, 415, "unsupported_media_type",
        "Unsupported media type"},
    row{problem_code::expectation_failed, 417, "expectation_failed", "Unknown expectation"},
    row{problem_code::invalid, 422, "invalid", "Invalid request"},
    row{problem_code::no_route, 422, "no_route", "No provider can take a recipient"},
    row{problem_code::idempotency_mismatch, 422, "idempotency_mismatch",
        "The idempotency key was used with another body"},
    row{problem_code::rate_limited, 429, "rate_limited", "The API key made too many requests", 1},
    row{problem_code::header_too_large, 431, "header_too_large", "The header is too large"},
    row{problem_code::internal, 500, "internal", "Internal error"},
    row{problem_code::overloaded, 503, "overloaded", "Too many requests in flight", 1},
    row{problem_code::too_many_connections, 503, "too_many_connections", "Too many connections", 1},
    row{problem_code::unavailable, 503, "unavailable", "The database cannot be used now", 1},
    row{problem_code::draining, 503, "draining", "The server takes no new work", 5},
    row{problem_code::timeout, 503, "timeout", "No answer in time"},
};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (static_cast<std::size_t>(rows[i].code) != i) return false;
  return rows.size() == problem_codes;
}
static_assert(rows_are_in_order());

constexpr const row& row_of(problem_code code) { return rows[static_cast<std::size_t>(code)]; }

problem_code code_of(actors::service_errc code) {
  switch (code) {
    case actors::service_errc::invalid: return problem_code::invalid;
    case actors::service_errc::no_route: return problem_code::no_route;
    case actors::service_errc::not_found: return problem_code::not_found;
    case actors::service_errc::forbidden: return problem_code::forbidden;
    case actors::service_errc::conflict: return problem_code::conflict;
    case actors::service_errc::gone: return problem_code::cursor_expired;
    case actors::service_errc::key_mismatch: return problem_code::idempotency_mismatch;
    case actors::service_errc::in_progress: return problem_code::idempotency_in_progress;
    case actors::service_errc::overloaded: return problem_code::overloaded;
    case actors::service_errc::unavailable: return problem_code::unavailable;
    case actors::service_errc::draining: return problem_code::draining;
    case actors::service_errc::timeout: return problem_code::timeout;
    case actors::service_errc::internal: break;
  }
  return problem_code::internal;
}

/// Never 0, with which a client would repeat the request at once, again and again.
std::optional<std::chrono::seconds> retry_after_of(const problem& what) {
  if (what.retry_after) return std::max(*what.retry_after, std::chrono::seconds(1));
  const int seconds = row_of(what.code).retry_after;
  return seconds > 0 ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
}

void write_errors(json_writer& json, const std::vector<actors::field_problem>& errors) {
  json.key("errors").begin_array();
  for (const auto& error : errors)
    json.begin_object()
        .member("pointer", error.pointer)
        .member("code", error.code)
        .member("detail", error.detail)
        .end_object();
  json.end_array();
}

}  // namespace

std::string sentence_of(const actors::field_problem& one) {
  static constexpr std::array<std::string_view, 6> predicates{"is ",  "must ",   "can ",
                                                              "has ", "cannot ", "have "};
  const bool needs_subject = std::ranges::any_of(
      predicates, [&](std::string_view word) { return one.detail.starts_with(word); });
  if (!needs_subject) return one.detail;
  if (one.pointer.empty()) return "the body " + one.detail;
  return fmt::format("`{}` {}", std::string_view(one.pointer).substr(1), one.detail);
}

std::string_view to_string(problem_code code) { return row_of(code).name; }

unsigned status_of(problem_code code) { return row_of(code).status; }

std::string_view title_of(problem_code code) { return row_of(code).title; }

std::optional<problem_code> parse_problem_code(std::string_view name) {
  const auto found = std::ranges::find(rows, name, &row::name);
  return found == rows.end() ? std::nullopt : std::optional(found->code);
}

problem to_problem(actors::service_error error) {
  problem what{code_of(error.code), std::move(error.detail), std::move(error.problems), {}, {}};
  if (what.code == problem_code::invalid && what.errors.size() > max_problems) {
    what.detail +=
        fmt::format("; {} mistakes, the first {} are listed", what.errors.size(), max_problems);
    what.errors.resize(max_problems);
  }
  // A client may simply repeat the request only where nothing was stored.
  if (row_of(what.code).retry_after > 0) what.retry_after = error.retry_after;
  return what;
}

void write_problem(json_writer& json, const problem& what, std::string_view request_id,
                   std::size_t line) {
  const row& facts = row_of(what.code);
  json.begin_object();
  if (line > 0) json.member("line", line);
  json.member("type", "/problems/" + std::string(facts.name))
      .member("title", facts.title)
      .member("status", facts.status)
      .member("detail", what.detail)
      .member("code", facts.name)
      .member("request_id", request_id);
  // An answer has a field of its header for it.
  if (const auto again = retry_after_of(what); again && line > 0)
    json.member("retry_after", again->count());
  if (!what.errors.empty()) write_errors(json, what.errors);
  if (!what.transactions.empty()) json.key("transactions").raw(what.transactions);
  json.end_object();
}

void write_problem(response& answer, const problem& what, std::string_view request_id) {
  const row& facts = row_of(what.code);
  answer.status = facts.status;
  answer.content_type = "application/problem+json";
  answer.location.clear();
  answer.retry_after = retry_after_of(what);
  answer.body.clear();
  json_writer json(answer.body);
  write_problem(json, what, request_id);
}

}  // namespace postrider::http
