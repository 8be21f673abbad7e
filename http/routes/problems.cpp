#include "http/routes/problems.hpp"

#include "http/media_type.hpp"

#include <fmt/format.h>

#include <array>

namespace postrider::http::routes {
namespace {

/// Texts of one code. They are put into HTML as they are.
struct explanation {
  problem_code code;
  std::string_view meaning;
  std::string_view advice;
};

constexpr std::array problem_explanations{
    explanation{
        problem_code::bad_request,
        "The request is not valid HTTP/1.1. The connection is "
        "closed; nothing was done.",
        "Check the HTTP client, or the proxy in between. The member detail says what is wrong."},
    explanation{problem_code::invalid_json,
                "The body is not JSON (RFC 8259) in UTF-8, or an object has a member twice. "
                "Nothing was done.",
                "The member detail has the line and the column. Build the body with a JSON library "
                "instead of joining strings."},
    explanation{problem_code::unusable_payload,
                "A request to /in/SOURCE is not in the form that the source's type takes. Nothing "
                "was stored.",
                "The member detail says what is missing. GET /v1/sources/NAME/requests shows what "
                "came. For a payload of your own use a source of type json or text."},
    explanation{problem_code::unknown_query_parameter,
                "The URL has a query parameter that this path does not know. It is not ignored, "
                "because a filter with a typo would select everything.",
                "The member detail names the nearest known one. The parameters of each path are at "
                "/docs."},
    explanation{problem_code::bad_query_parameter,
                "A query parameter has an invalid value, or is given twice.",
                "The member detail says what is expected."},
    explanation{problem_code::bad_path, "The path is not percent-encoded UTF-8.",
                "Encode each part of the path before putting it into the URL."},
    explanation{problem_code::unauthorized,
                "The request has no API key, or one that is unknown, has expired or was revoked.",
                "Send Authorization: Bearer pr_... with a key that is in use. Keys are made with "
                "\"postrider keys create\" or POST /v1/keys."},
    explanation{problem_code::insufficient_scope,
                "The API key is valid, but it lacks the scope, or it is a test key.",
                "Use another key. The member detail names the scope that is needed: send, read or "
                "admin."},
    explanation{problem_code::forbidden,
                "The signature of a receipt is wrong, or a web page of another site called a "
                "server without API keys.",
                "Check the secret that provider and server share; call the server from a program, "
                "not from a web page."},
    explanation{problem_code::not_found,
                "This path, message, transaction or provider does not exist. Messages of users "
                "that the key does not act for are not found either.",
                "Check the path at /docs, and the id. Messages are deleted some time after their "
                "end (history.keep)."},
    explanation{problem_code::method_not_allowed, "The path exists, but not with this method.",
                "The header Allow lists the methods."},
    explanation{problem_code::request_timeout,
                "The header or the body of the request did not arrive in time. The connection is "
                "closed; nothing was done.",
                "Send the request again. For slow clients raise http.header_timeout or "
                "http.body_timeout."},
    explanation{problem_code::conflict,
                "The current state does not allow the change: the message is being sent or has "
                "ended and cannot be cancelled, there is no unknown outcome to settle, no captcha "
                "is asked for, or a name is taken.",
                "The member detail says what to do instead. After a cancel the member transactions "
                "lists the deliveries that it was too late for."},
    explanation{problem_code::cursor_expired,
                "Retention has removed events that this reader had not read.",
                "Begin again without the parameter after, or with after=now; GET /v1/messages "
                "has the messages that are kept."},
    explanation{problem_code::idempotency_in_progress,
                "The first request with this Idempotency-Key is being stored.",
                "Repeat the request after the seconds in Retry-After: it gets the answer of the "
                "first one."},
    explanation{problem_code::body_too_large,
                "The body, or a line of a bulk request, is larger than the server takes.",
                "Split it, or raise http.max_body."},
    explanation{problem_code::unsupported_media_type,
                "The Content-Type is not the one that this path takes, or the body is compressed.",
                "Send Content-Type: application/json (application/x-ndjson for bulk requests), and "
                "no Content-Encoding."},
    explanation{problem_code::expectation_failed,
                "The header Expect asks for something other than 100-continue.",
                "Leave the header out."},
    explanation{problem_code::invalid,
                "The body is JSON, but a member is missing, unknown or has an invalid value. "
                "Nothing was stored.",
                "The member errors lists each mistake with a JSON Pointer to its place and the "
                "expected value. Correct the request before you send it again."},
    explanation{
        problem_code::no_route,
        "No provider can take a recipient or the content. Nothing was stored, not even for the "
        "other recipients.",
        "The member errors says for each recipient why each provider was excluded: give an address "
        "that a provider takes, switch a provider on, or correct the user's list. "
        "POST /v1/routes/explain shows the choice without sending."},
    explanation{problem_code::idempotency_mismatch,
                "This Idempotency-Key was used with another body before. Nothing was stored.",
                "Use a new key for each message. To repeat a request, send the same bytes."},
    explanation{problem_code::rate_limited,
                "The API key made more requests in a minute than it may. Nothing was done.",
                "Wait for the seconds in Retry-After. The header RateLimit has the requests that "
                "are left."},
    explanation{problem_code::header_too_large, "The header of the request is too large.",
                "Send fewer or shorter header fields, or raise http.max_header."},
    explanation{problem_code::internal, "The server failed. The request is not the cause.",
                "Search the log for the request_id of the answer, and report it."},
    explanation{problem_code::overloaded,
                "Too many requests are in flight. Nothing was stored or will be.",
                "Repeat the request after the seconds in Retry-After. When it happens often, see "
                "limits.accepts_in_flight."},
    explanation{problem_code::too_many_connections,
                "The server has too many connections, in total or from this address.",
                "Keep connections open and reuse them. See http.max_connections and "
                "http.max_connections_per_address."},
    explanation{problem_code::unavailable,
                "The database cannot be used: it is unreachable, another program holds a lock on "
                "it, or the server is starting. Nothing was stored or will be.",
                "Repeat the request after the seconds in Retry-After. GET /readyz and the log have "
                "the reason."},
    explanation{problem_code::draining,
                "The server is about to stop, or an operator drains it. Nothing was stored.",
                "Repeat the request at another server, or after the seconds in Retry-After."},
    explanation{problem_code::timeout,
                "The server got no answer in time. It is unknown whether something was stored, so "
                "there is no Retry-After.",
                "To send a message, repeat the request with the same Idempotency-Key; it is stored "
                "once. For other requests, read the current state first and repeat the request if "
                "it has not changed. Cancelling, settling and retrying twice does no harm."},
};

constexpr bool every_code_is_explained() {
  for (std::size_t i = 0; i < problem_explanations.size(); ++i)
    if (static_cast<std::size_t>(problem_explanations[i].code) != i) return false;
  return problem_explanations.size() == problem_codes;
}
static_assert(every_code_is_explained());

/// The pages load nothing but their style sheet.
constexpr std::string_view problem_page_fields =
    "Vary: Accept\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

/// `root` leads to the server's root, also behind a proxy that adds a path.
void answer_with(exchange& x, std::string_view root, std::string_view title, std::string_view html,
                 std::string_view text) {
  x.response.fixed_fields = problem_page_fields;
  if (!accepts_html(x.request)) {
    x.response.content_type = "text/plain; charset=utf-8";
    x.response.body = text;
    return;
  }
  x.response.content_type = "text/html; charset=utf-8";
  x.response.body = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n"
      "<link rel=\"stylesheet\" href=\"{}docs/plain.css\">\n</head>\n<body>\n{}</body>\n</html>\n",
      title, root, html);
}

}  // namespace

void list_problems(exchange& x) {
  std::string html = "<h1>Problems</h1>\n<table>\n", text;
  for (const auto& one : problem_explanations) {
    const auto name = to_string(one.code);
    const auto status = status_of(one.code);
    html += fmt::format(
        "<tr><td>{}</td><td><a href=\"problems/{}\"><code>{}</code></a></td><td>{}</td></tr>\n",
        status, name, name, title_of(one.code));
    text += fmt::format("{} {}: {}\n", status, name, title_of(one.code));
  }
  html += "</table>\n<p>Everything else: <a href=\"docs\">/docs</a></p>\n";
  answer_with(x, "", "Problems", html, text);
}

void explain_problem(exchange& x) {
  const auto& name = x.request.parameters[0];
  const auto code = parse_problem_code(name);
  if (!code)
    return x.fail({problem_code::not_found,
                   fmt::format("there is no problem \"{}\"; /problems lists them", name)});
  const auto& one = problem_explanations[static_cast<std::size_t>(*code)];
  const auto status = status_of(*code);
  answer_with(
      x, "../", name,
      fmt::format("<h1><code>{}</code></h1>\n<p>HTTP {}: {}.</p>\n<h2>Meaning</h2>\n<p>{}</p>\n"
                  "<h2>What to do</h2>\n<p>{}</p>\n<p><a href=\"../problems\">All problems</a>, <a "
                  "href=\"../docs\">the interface</a></p>\n",
                  name, status, title_of(*code), one.meaning, one.advice),
      fmt::format("{} (HTTP {}): {}.\n\n{}\n\nWhat to do: {}\n", name, status, title_of(*code),
                  one.meaning, one.advice));
}

}  // namespace postrider::http::routes
