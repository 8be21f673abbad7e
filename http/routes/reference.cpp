#include "http/routes/reference.hpp"

#include "http/openapi/embedded_files.hpp"

#include <fmt/format.h>

#include <algorithm>

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

const embedded_file* find_file(std::string_view name) {
  const auto files = embedded_files();
  const auto found = std::ranges::find(files, name, &embedded_file::name);
  return found == files.end() ? nullptr : &*found;
}

void answer_with(exchange& x, std::string_view name) {
  const auto* found = find_file(name);
  if (!found)
    return x.fail(
        {problem_code::not_found, fmt::format("the reference page has no part \"{}\"", name)});
  x.response.content_type = found->content_type;
  x.response.body = found->content;
}

}  // namespace

void start_page(exchange& x) {
  x.response.status = 302;
  x.response.location = "/docs";
  x.response.content_type = "text/plain; charset=utf-8";
  x.response.body = "The interface is described at /docs, and for programs at /openapi.json.\n";
}

void openapi(exchange& x) { answer_with(x, "openapi.json"); }

void docs(exchange& x) {
  x.response.fixed_fields = reference_page_fields;
  // A build without swagger-ui has the description as plain HTML.
  answer_with(x, find_file("index.html") ? "index.html" : "reference.html");
}

void docs_file(exchange& x) {
  x.response.fixed_fields = reference_page_fields;
  answer_with(x, x.request.parameters[0]);
}

}  // namespace postrider::http::routes
