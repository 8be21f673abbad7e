#include "http/routes/reference.hpp"

#include "http/openapi/embedded_files.hpp"

#include <fmt/format.h>

namespace postrider::http::routes {
namespace {

/// The page loads what this server gives and nothing else; swagger-ui's own style sheet has its
/// pictures as data, and its program sets styles on elements.
constexpr std::string_view reference_page_fields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

void answer_with(exchange& x, std::string_view name) {
  const auto* found = find_embedded_file(name);
  if (!found)
    return x.fail(
        {problem_code::not_found, fmt::format("the reference page has no part \"{}\"", name)});
  x.response.content_type = found->content_type;
  x.response.body = found->content;
}

}  // namespace

void openapi(exchange& x) { answer_with(x, "openapi.json"); }

void docs(exchange& x) {
  x.response.fixed_fields = reference_page_fields;
  // A build without swagger-ui has the description as plain HTML.
  answer_with(x, find_embedded_file("index.html") ? "index.html" : "reference.html");
}

void docs_file(exchange& x) {
  x.response.fixed_fields = reference_page_fields;
  answer_with(x, x.request.parameters[0]);
}

}  // namespace postrider::http::routes
