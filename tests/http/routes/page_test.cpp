#include "http/openapi/embedded_files.hpp"
#include "tests/http/server_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace postrider;

namespace {

test::reply get_from(test::server_fixture& server, std::string_view path,
                     std::string_view fields = {}) {
  return server.ask(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", path, fields));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(page, test::server_fixture)

BOOST_AUTO_TEST_CASE(the_root_leads_a_browser_to_the_page_and_others_to_the_description) {
  const auto browser =
      get_from(*this, "/", "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n");
  BOOST_TEST(browser.status == 302);
  BOOST_TEST(browser.field("location") == "ui/");
  BOOST_TEST(browser.field("vary") == "Accept");
  const auto program = get_from(*this, "/", "Accept: */*\r\n");
  BOOST_TEST(program.status == 302);
  BOOST_TEST(program.field("location") == "docs");
  BOOST_TEST(program.field("vary") == "Accept");
  BOOST_TEST(get_from(*this, "/ui").field("location") == "ui/");
  BOOST_TEST(get_from(*this, "//docs").status == 404);
}

BOOST_AUTO_TEST_CASE(the_page_runs_nothing_but_its_own_files) {
  const auto page = get_from(*this, "/ui/");
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.field("content-type") == "text/html; charset=utf-8");
  BOOST_TEST(page.field("cache-control") == "no-cache");
  BOOST_TEST(page.field("content-security-policy") ==
             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
             "connect-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
             "form-action 'self'");
  BOOST_TEST(page.field("x-content-type-options") == "nosniff");
  BOOST_TEST(page.field("referrer-policy") == "no-referrer");
  for (const auto* forbidden : {"<style", " style=", " onclick=", "http:", "https:", "\"/"})
    BOOST_TEST(page.body.find(forbidden) == std::string::npos, forbidden);
}

BOOST_AUTO_TEST_CASE(every_part_of_the_page_is_served_and_kept_by_browsers) {
  const auto page = get_from(*this, "/ui/");
  std::size_t parts = 0;
  std::string linking = page.body;
  for (const auto& file : http::embedded_files())
    if (file.name.starts_with("ui/index-")) linking += file.content;
  for (const auto& file : http::embedded_files()) {
    if (!file.name.starts_with("ui/") || file.name == "ui/index.html") continue;
    const auto part = get_from(*this, fmt::format("/{}", file.name));
    BOOST_TEST(part.status == 200, file.name);
    BOOST_TEST(part.body == file.content, file.name);
    BOOST_TEST(part.field("cache-control") == "public, max-age=31536000, immutable");
    BOOST_TEST(part.field("content-security-policy") == page.field("content-security-policy"));
    BOOST_TEST(part.field("content-type") == file.content_type);
    // Links are relative, so that the page works below any path of a proxy. The chart is loaded by
    // the view that draws it.
    const auto link = fmt::format("./{}", file.name.substr(3));
    BOOST_TEST(linking.find('"' + link + '"') != std::string::npos, link);
    ++parts;
  }
  BOOST_TEST(parts == 3);
  BOOST_TEST(get_from(*this, "/ui/nothing.js").status == 404);
  BOOST_TEST(get_from(*this, "/ui/..%2fopenapi.json").status == 404);
  BOOST_TEST(get_from(*this, "/ui/openapi.json").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
