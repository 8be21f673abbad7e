#include "http/router.hpp"

#include "base/nearest.hpp"
#include "base/percent.hpp"
#include "http/json/object_reader.hpp"
#include "http/media_type.hpp"
#include "http/routes/audit.hpp"
#include "http/routes/body.hpp"
#include "http/routes/browser_session.hpp"
#include "http/routes/bulk.hpp"
#include "http/routes/endpoints.hpp"
#include "http/routes/events.hpp"
#include "http/routes/explain.hpp"
#include "http/routes/failures.hpp"
#include "http/routes/keys.hpp"
#include "http/routes/message_list.hpp"
#include "http/routes/messages.hpp"
#include "http/routes/metrics.hpp"
#include "http/routes/operation.hpp"
#include "http/routes/overview.hpp"
#include "http/routes/page.hpp"
#include "http/routes/problems.hpp"
#include "http/routes/providers.hpp"
#include "http/routes/receipts.hpp"
#include "http/routes/reference.hpp"
#include "http/routes/retry.hpp"
#include "http/routes/sources.hpp"
#include "http/routes/transaction_list.hpp"
#include "http/routes/transactions.hpp"
#include "http/routes/users.hpp"
#include "http/target.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace postrider::http {
namespace {

constexpr std::array table{
    endpoint{method::post, "/send/message", routes::send_message, send_key, content::json},
    endpoint{method::post, "/v1/messages", routes::send_message, send_key, content::json},
    endpoint{method::post,
             "/v1/messages/bulk",
             routes::refuse_empty_bulk,
             send_key,
             content::lines,
             {},
             false,
             routes::open_bulk},
    endpoint{method::get, "/v1/messages", routes::get_messages, read_key, content::none,
             routes::message_list_parameters},
    endpoint{method::get, "/v1/messages/counts", routes::get_message_counts, read_key,
             content::none, routes::message_count_parameters},
    endpoint{method::get, "/v1/messages/{message_id}", routes::get_message, read_key},
    endpoint{method::post, "/v1/messages/{message_id}/cancel", routes::cancel_message, send_key},
    endpoint{method::get, "/v1/transactions", routes::get_transactions, read_key, content::none,
             routes::list_parameters},
    endpoint{method::get, "/v1/transactions/{id}", routes::get_transaction, read_key},
    endpoint{method::get, "/v1/transactions/{id}/explain", routes::explain_transaction, read_key},
    endpoint{method::post, "/v1/transactions/{id}/settle", routes::settle_transaction, admin_key,
             content::json},
    endpoint{method::get, "/v1/events", routes::get_events, read_key, content::none,
             routes::event_parameters},
    endpoint{method::get, "/v1/events/stream", nullptr, read_key, content::none,
             routes::stream_parameters, false, nullptr, routes::open_event_stream},
    endpoint{method::get, "/v1/failures", routes::get_failures, read_key},
    endpoint{method::get, "/v1/overview", routes::get_overview, read_all_key},
    endpoint{method::post, "/v1/routes/explain", routes::explain_route, read_key, content::json},
    endpoint{method::get, "/v1/users/{user_id}/transactions", routes::get_user_transactions,
             read_key, content::none, routes::list_parameters},
    endpoint{method::post, "/v1/retry", routes::retry_failed, admin_key, content::optional_json},
    endpoint{method::get, "/v1/users/{user_id}/providers", routes::get_user_providers,
             read_real_key},
    endpoint{method::put, "/v1/users/{user_id}/providers", routes::put_user_providers, admin_key,
             content::json},
    endpoint{method::get, "/v1/providers", routes::get_providers, read_all_key},
    endpoint{method::get, "/v1/providers/{name}", routes::get_provider, read_all_key},
    endpoint{method::patch, "/v1/providers/{name}", routes::patch_provider, admin_key,
             content::json},
    endpoint{method::post, "/v1/providers/{name}/challenge", routes::answer_challenge, admin_key,
             content::json},
    endpoint{method::post, "/v1/providers/{name}/test", routes::test_provider, admin_key,
             content::json},
    endpoint{method::get, "/v1/provider-types", routes::get_provider_types, read_all_key},
    endpoint{method::post, "/v1/keys", routes::create_key, admin_key, content::json},
    endpoint{method::get, "/v1/keys", routes::get_keys, admin_key},
    endpoint{method::del, "/v1/keys/{id}", routes::revoke_key, admin_key},
    endpoint{method::get, "/v1/audit", routes::get_audit, admin_key, content::none,
             routes::audit_parameters},
    endpoint{method::post, "/ui/session", routes::sign_in, no_key, content::json},
    endpoint{method::get, "/ui/session", routes::show_session, session_key},
    endpoint{method::del, "/ui/session", routes::sign_out, session_key},
    endpoint{method::post, "/v1/endpoints", routes::create_endpoint, admin_key, content::json},
    endpoint{method::get, "/v1/endpoints", routes::get_endpoints, admin_key},
    endpoint{method::get, "/v1/endpoints/{id}", routes::get_endpoint, admin_key},
    endpoint{method::patch, "/v1/endpoints/{id}", routes::patch_endpoint, admin_key, content::json},
    endpoint{method::del, "/v1/endpoints/{id}", routes::delete_endpoint, admin_key},
    endpoint{method::get, "/v1/endpoints/{id}/deliveries", routes::get_endpoint_deliveries,
             admin_key, content::none, routes::delivery_parameters},
    endpoint{method::post, "/v1/endpoints/{id}/replay", routes::replay_endpoint, admin_key,
             content::json},
    endpoint{method::post, "/v1/endpoints/{id}/test", routes::test_endpoint, admin_key},
    endpoint{method::get, "/v1/sources", routes::get_sources, admin_key},
    endpoint{method::get, "/v1/sources/{name}/requests", routes::get_source_requests, admin_key},
    endpoint{method::post, "/in/{source}", routes::receive_at_source, ingest_key, content::foreign},
    endpoint{method::put, "/in/{source}", routes::receive_at_source, ingest_key, content::foreign},
    endpoint{method::get, "/in/{source}", routes::receive_at_source, ingest_key, content::foreign},
    endpoint{method::post, "/in/{source}/{path}", routes::receive_at_source, ingest_key,
             content::foreign},
    endpoint{method::put, "/in/{source}/{path}", routes::receive_at_source, ingest_key,
             content::foreign},
    endpoint{method::get, "/in/{source}/{path}", routes::receive_at_source, ingest_key,
             content::foreign},
    // Providers show the token of the path, and some sign.
    endpoint{method::post, "/receipts/{provider}/{token}", routes::receive_receipt, no_key,
             content::foreign},
    endpoint{method::get, "/receipts/{provider}/{token}", routes::receive_receipt, no_key,
             content::foreign},
    endpoint{method::get, "/livez", routes::livez, no_key, content::none, {}, true},
    endpoint{method::get, "/readyz", routes::readyz, no_key, content::none, {}, true},
    endpoint{method::get, "/", routes::start_page, no_key, content::none, {}, true},
    endpoint{method::get, "/ui", routes::page_folder, no_key, content::none, {}, true},
    endpoint{method::get, "/ui/", routes::page, no_key, content::none, {}, true},
    endpoint{method::get, "/ui/{file}", routes::page_file, no_key, content::none, {}, true},
    endpoint{method::get, "/problems", routes::list_problems, no_key, content::none, {}, true},
    endpoint{
        method::get, "/problems/{code}", routes::explain_problem, no_key, content::none, {}, true},
    endpoint{method::get, "/openapi.json", routes::openapi, no_key, content::none, {}, true},
    endpoint{method::get, "/docs", routes::docs, no_key, content::none, {}, true},
    endpoint{method::get, "/docs/{file}", routes::docs_file, no_key, content::none, {}, true},
    endpoint{method::get, "/metrics", routes::metrics, metrics_key, content::none, {}, true},
    endpoint{method::get,
             "/admin/inspect",
             routes::inspect,
             admin_key,
             content::none,
             {"section"},
             true},
    endpoint{method::post, "/admin/drain", routes::drain, admin_key},
    endpoint{method::post, "/admin/resume", routes::resume, admin_key},
};

using raw_parameters = std::array<std::string_view, request::max_parameters>;

/// The next segment of a path that begins with "/"; the slash is taken with it.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

/// Whether `path` has the form of `pattern`; its {parameters} go to `found`. {path} is all the
/// rest.
bool matches(std::string_view pattern, std::string_view path, raw_parameters& found) {
  // "*" of OPTIONS is no path.
  if (!path.starts_with('/')) return false;
  std::size_t count = 0;
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern);
    if (wanted == "{path}") return true;
    const auto segment = take_segment(path);
    if (!wanted.starts_with('{')) {
      if (wanted != segment) return false;
    } else {
      if (segment.empty()) return false;
      found[count++] = segment;
    }
  }
  return pattern.empty() && path.empty();
}

/// The words for an endpoint in Allow.
std::string_view allowed_by(method what) {
  return what == method::get ? "GET, HEAD" : method_name(what);
}

problem no_such_path(const request& from) {
  return {problem_code::not_found, fmt::format("there is nothing at {}", from.path)};
}

problem wrong_method(const request& from, const std::string& allow) {
  return {problem_code::method_not_allowed,
          fmt::format("{} can be used with {}", from.path, allow)};
}

std::optional<problem> decode_parameters(const raw_parameters& raw, request& into) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    into.parameters[i].clear();
    if (raw[i].empty()) continue;
    auto decoded = decoded_part(raw[i]);
    if (!decoded)
      return problem{problem_code::bad_path,
                     fmt::format("\"{}\" is not percent-encoded UTF-8 text", raw[i])};
    into.parameters[i] = std::move(*decoded);
  }
  return std::nullopt;
}

problem unknown_query(std::string_view name, const endpoint& at) {
  std::vector<std::string_view> known;
  for (const auto one : at.query)
    if (!one.empty()) known.push_back(one);
  std::string detail = fmt::format("{} has no query parameter \"{}\"", at.pattern, name);
  const bool of_user = name == "user" || name == "user_id" || name == "userid";
  if (of_user && at.pattern == "/v1/transactions")
    detail += "; ask for /v1/users/{user_id}/transactions";
  else if (const auto near = nearest(name, known); !near.empty())
    detail += fmt::format("; did you mean \"{}\"?", near);
  else if (!known.empty()) detail += fmt::format("; known are {}", fmt::join(known, ", "));
  return {problem_code::unknown_query_parameter, std::move(detail)};
}

constexpr std::string_view any_member = "metadata.*";

/// The name by which a route's table has a parameter.
std::string_view place_name(std::string_view name) {
  const auto prefix = any_member.substr(0, any_member.size() - 1);
  return name.size() > prefix.size() && name.starts_with(prefix) ? any_member : name;
}

/// A typo in a query must not be answered as if it were not there.
std::optional<problem> decode_query(const endpoint& at, request& into) {
  for (auto& argument : into.arguments)
    argument.clear();
  into.members.clear();
  // Its handler reads the query.
  if (at.content == content::foreign) return std::nullopt;
  std::array<bool, request::max_arguments> seen{};
  std::string_view query = into.query;
  while (const auto pair = next_field(query)) {
    const auto name = decoded_part(pair->name), value = decoded_part(pair->value);
    if (!name || !value)
      return problem{
          problem_code::bad_query_parameter,
          fmt::format("\"{}={}\" is not percent-encoded UTF-8 text", pair->name, pair->value)};
    const auto row = std::ranges::find(at.query, place_name(*name));
    if (name->empty() || row == at.query.end()) return unknown_query(*name, at);
    const auto place = static_cast<std::size_t>(row - at.query.begin());
    const bool is_member = *row == any_member;
    if (is_member && into.members.size() == request::max_members)
      return problem{
          problem_code::bad_query_parameter,
          fmt::format("a query has at most {} parameters metadata.NAME", request::max_members)};
    if (seen[place] && !is_member)
      return problem{problem_code::bad_query_parameter,
                     fmt::format("the query parameter \"{}\" appears twice", *name)};
    if (value->empty())
      return problem{problem_code::bad_query_parameter,
                     fmt::format("the query parameter \"{}\" is empty; give it a value or leave it "
                                 "out",
                                 *name)};
    seen[place] = true;
    if (is_member) into.members.emplace_back(name->substr(any_member.size() - 1), *value);
    else into.arguments[place] = *value;
  }
  return std::nullopt;
}

std::optional<problem> check_media_type(const endpoint& at, const request& from) {
  if (at.content == content::none || at.content == content::foreign) return std::nullopt;
  if (!from.content_encoding.empty() && from.content_encoding != "identity")
    return problem{problem_code::unsupported_media_type,
                   "the body must not have a Content-Encoding"};
  if (from.content_type.empty() && at.content == content::optional_json) return std::nullopt;
  const bool lines = at.content == content::lines;
  if (lines ? is_ndjson(from.content_type) : is_json(from.content_type)) return std::nullopt;
  const std::string_view wanted = lines ? "application/x-ndjson" : "application/json";
  return problem{problem_code::unsupported_media_type,
                 from.content_type.empty()
                     ? fmt::format("send Content-Type: {}", wanted)
                     : fmt::format("\"{}\" is not {} in UTF-8; send Content-Type: {}",
                                   from.content_type, wanted, wanted)};
}

/// A header cannot say which lines of a body it belongs to, so it is refused.
std::optional<problem> check_line_keys(const endpoint& at, const request& from) {
  const auto is_key = [](const auto& field) {
    return equals_ignoring_case(field.first, "Idempotency-Key");
  };
  if (at.content != content::lines || std::ranges::none_of(from.fields, is_key))
    return std::nullopt;
  return problem{problem_code::invalid,
                 "lines have keys of their own: give each the member idempotency_key in place of "
                 "the header Idempotency-Key"};
}

/// True where a body is overlooked: in a GET it has no meaning (RFC 9110, 9.3.1).
bool takes_no_body(const endpoint& at) {
  return at.content == content::none && at.method != method::get;
}

/// An empty object is what many clients send for nothing.
bool has_no_body(exchange& x) {
  struct nothing {
  } none;
  return x.request.body.empty() || routes::read_body(x, [&](const field& document) {
           read_members<nothing>(document, {}, none);
         });
}

}  // namespace

static_assert(table.size() <= counters::max_routes, "counters has no room for so many routes");

std::span<const endpoint> endpoints() { return table; }

bool begins_work(const endpoint& at) {
  if (at.handle == routes::receive_at_source) return true;
  static constexpr std::array<std::string_view, 6> patterns{"/send/message",
                                                            "/v1/messages",
                                                            "/v1/messages/bulk",
                                                            "/v1/retry",
                                                            "/v1/transactions/{id}/settle",
                                                            "/v1/providers/{name}/test"};
  return at.method == method::post && std::ranges::find(patterns, at.pattern) != patterns.end();
}

bool takes_lines(const request& from) {
  return std::ranges::any_of(table, [&](const endpoint& row) {
    return row.content == content::lines && row.method == from.method && row.pattern == from.path;
  });
}

std::size_t place_of(const endpoint& at) { return static_cast<std::size_t>(&at - table.data()); }

void handle(const endpoint& at, exchange& x) {
  if (!takes_no_body(at) || has_no_body(x)) at.handle(x);
}

routing route(request& from) {
  const method wanted = from.method == method::head ? method::get : from.method;
  routing found;
  raw_parameters raw{};
  // All paths of a source's host are those below it.
  const std::string_view path =
      from.source && !from.path.starts_with("/in/") ? "/in/at/host" : from.path;
  for (const auto& row : table) {
    raw_parameters here{};
    if (!matches(row.pattern, path, here)) continue;
    if (row.method == wanted) {
      found.endpoint = &row;
      raw = here;
      break;
    }
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += allowed_by(row.method);
  }
  if (found.endpoint == nullptr) {
    found.refused = found.allow.empty() ? no_such_path(from) : wrong_method(from, found.allow);
    return found;
  }
  found.allow.clear();
  found.refused = decode_parameters(raw, from);
  if (!found.refused) found.refused = decode_query(*found.endpoint, from);
  if (!found.refused) found.refused = check_media_type(*found.endpoint, from);
  if (!found.refused) found.refused = check_line_keys(*found.endpoint, from);
  if (found.refused) found.endpoint = nullptr;
  return found;
}

}  // namespace postrider::http
