#include "http/routes/page.hpp"

#include "http/media_type.hpp"
#include "http/openapi/embedded_files.hpp"

#include <fmt/format.h>

#include <string>

namespace postrider::http::routes {
namespace {

/// The page runs its own files only: a text from outside that got into it as markup could neither
/// run nor load anything, and no other page can frame it.
constexpr std::string_view page_fields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

/// The page names its files by their content: a new program is a new page at once.
const std::string& index_fields() {
  static const auto fields = fmt::format("{}Cache-Control: no-cache\r\n", page_fields);
  return fields;
}

const std::string& file_fields() {
  static const auto fields =
      fmt::format("{}Cache-Control: public, max-age=31536000, immutable\r\n", page_fields);
  return fields;
}

void give(exchange& x, const embedded_file& file, std::string_view fields) {
  x.response.fixed_fields = fields;
  x.response.content_type = file.content_type;
  x.response.body = file.content;
}

/// A relative Location (RFC 9110, 10.2.2) is right behind a proxy that adds a path too.
void lead_to(exchange& x, std::string_view where, std::string_view text) {
  x.response.status = 302;
  x.response.location = where;
  x.response.content_type = "text/plain; charset=utf-8";
  x.response.body = text;
}

}  // namespace

void start_page(exchange& x) {
  x.response.fixed_fields = "Vary: Accept\r\n";
  if (accepts_html(x.request)) return lead_to(x, "ui/", "The page is at /ui/.\n");
  lead_to(x, "docs", "The interface is described at /docs, and for programs at /openapi.json.\n");
}

void page_folder(exchange& x) { lead_to(x, "ui/", "The page is at /ui/.\n"); }

void page(exchange& x) {
  const auto* index = find_embedded_file("ui/index.html");
  if (!index) return x.fail({problem_code::not_found, "this build has no page"});
  give(x, *index, index_fields());
}

void page_file(exchange& x) {
  const auto& name = x.request.parameters[0];
  const auto* found = find_embedded_file("ui/" + name);
  if (!found)
    return x.fail({problem_code::not_found, fmt::format("the page has no part \"{}\"", name)});
  give(x, *found, file_fields());
}

}  // namespace postrider::http::routes
