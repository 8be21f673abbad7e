#include "http/sources/source_answer.hpp"

#include "base/utf8.hpp"
#include "http/media_type.hpp"
#include "http/problem.hpp"
#include "http/sources/source_reader.hpp"
#include "inbound/source_board.hpp"
#include "sources/answers.hpp"
#include "sources/masking.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace postrider::http {
namespace {

std::string_view field_value(const request& from, std::string_view wanted) {
  for (const auto& [name, value] : from.fields)
    if (equals_ignoring_case(name, wanted)) return value;
  return {};
}

/// A text of the document; empty: there is none.
std::string member_text(const boost::json::object& document, std::string_view name) {
  const auto* found = document.if_contains(name);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// The sender is not to blame for a recipient that no provider takes: it is asked to repeat the
/// request until the configuration is right.
unsigned source_status(unsigned status, std::string_view code) {
  return code == to_string(problem_code::no_route) ? 503 : sources::status_for_sender(status);
}

void adapt_refusal(const request& from, response& answer) {
  boost::system::error_code error;
  auto parsed = boost::json::parse(answer.body, error);
  auto* document = error ? nullptr : parsed.if_object();
  if (!document) return;
  answer.status = source_status(answer.status, member_text(*document, "code"));
  auto& outcome = answer.source;
  outcome.detail = member_text(*document, "detail");
  outcome.result = answer.status >= 500 ? source_result::unavailable : source_result::refused;
  if (answer.status == 503 && !answer.retry_after) answer.retry_after = std::chrono::seconds(5);
  auto own = sources::refusal_body(from.source->settings.type, answer.status, outcome.detail);
  if (!own.empty()) {
    answer.content_type = "application/json";
    answer.body = std::move(own);
    return;
  }
  (*document)["status"] = answer.status;
  answer.body = boost::json::serialize(*document);
}

}  // namespace

void finish_source_request(const request& from, response& answer) {
  if (answer.status >= 400) adapt_refusal(from, answer);
  source_request seen;
  seen.at = std::chrono::floor<time_point::duration>(std::chrono::system_clock::now());
  seen.request_id = from.id;
  seen.method = method_name(from.method);
  constexpr std::size_t longest_header = 500;
  seen.target = tidy_text(shown_target(from), 2 * longest_header);
  seen.content_type = tidy_text(from.content_type, longest_header);
  seen.user_agent =
      tidy_text(sources::without_keys(field_value(from, "User-Agent")), longest_header);
  seen.bytes = from.body.size();
  seen.body = sources::without_keys(tidy_text(from.body, source_history::kept_body_bytes));
  seen.status = answer.status;
  seen.outcome = answer.source;
  seen.outcome.detail = sources::without_keys(seen.outcome.detail);
  from.source->history->add(std::move(seen));
}

}  // namespace postrider::http
