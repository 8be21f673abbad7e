#pragma once

#include "actors/api/gateway.hpp"
#include "http/response.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::http {

class json_writer;

/// A request with more mistakes than this is told about the first of them only, and that there are
/// more: an answer must not be many times the size of its request.
inline constexpr std::size_t max_problems = 100;

/// Everything that can go wrong, as a client sees it; problem.cpp has the one table of status
/// codes.
enum class problem_code : std::uint8_t {
  bad_request,  ///< RFC 9112 forbids it; the connection is closed
  invalid_json,
  unusable_payload,  ///< a request to a source that is not in its program's form
  unknown_query_parameter,
  bad_query_parameter,
  bad_path,
  unauthorized,        ///< no key, or none that is known
  insufficient_scope,  ///< the key may not be used for this
  forbidden,
  not_found,
  method_not_allowed,
  request_timeout,  ///< the request did not come in time
  conflict,
  cursor_expired,           ///< retention has removed events behind a reader's cursor
  idempotency_in_progress,  ///< the first request with the key is not stored yet
  body_too_large,
  unsupported_media_type,
  expectation_failed,
  invalid,
  no_route,
  idempotency_mismatch,  ///< the key came with another body before
  rate_limited,          ///< the key made too many requests
  header_too_large,
  internal,
  overloaded,
  too_many_connections,
  unavailable,
  draining,
  timeout,  ///< the pipeline gave no answer in time
};

/// A problem before it becomes a document (RFC 9457).
struct problem {
  problem_code code = problem_code::internal;
  std::string detail;
  std::vector<actors::field_problem> errors;
  /// In place of the code's own.
  std::optional<std::chrono::seconds> retry_after;
  /// The member `transactions`, as JSON; empty: there is none.
  std::string transactions;
};

/// "unknown_query_parameter": the member `code`, and the end of `type`.
std::string_view to_string(problem_code code);
unsigned status_of(problem_code code);
/// The words that all problems of the code have in common.
std::string_view title_of(problem_code code);
std::optional<problem_code> parse_problem_code(std::string_view name);
inline constexpr std::size_t problem_codes = static_cast<std::size_t>(problem_code::timeout) + 1;

/// "`user_id` is required": the detail with its place, where it does not name it itself.
std::string sentence_of(const actors::field_problem& one);

/// The one place where an error of the pipeline becomes one of HTTP.
problem to_problem(actors::service_error error);

/// The problem's document; with `line`, of one line of many.
void write_problem(json_writer& json, const problem& what, std::string_view request_id,
                   std::size_t line = 0);

/// Makes `answer` the problem's document, status and fields.
void write_problem(response& answer, const problem& what, std::string_view request_id);

}  // namespace postrider::http
