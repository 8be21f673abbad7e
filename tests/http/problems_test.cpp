#include "http/problem.hpp"
#include "server_fixture.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

using namespace postrider;

BOOST_FIXTURE_TEST_SUITE(problem_pages, test::server_fixture)

BOOST_AUTO_TEST_CASE(every_code_is_explained_as_text_and_as_a_page) {
  const auto list = ask(test::get("/problems"));
  BOOST_TEST(list.status == 200);
  for (std::size_t i = 0; i < http::problem_codes; ++i) {
    const auto code = static_cast<http::problem_code>(i);
    const std::string name(to_string(code));
    const auto first_line =
        fmt::format("{} (HTTP {}): {}.\n", name, status_of(code), title_of(code));
    BOOST_TEST_CONTEXT(name) {
      const auto text = ask(test::get("/problems/" + name));
      BOOST_TEST(text.status == 200);
      BOOST_TEST(text.field("content-type") == "text/plain; charset=utf-8");
      BOOST_TEST(text.body.starts_with(first_line));
      BOOST_TEST(text.body.find("\n\nWhat to do: ") != std::string::npos);
      const auto page =
          ask(test::get("/problems/" + name, "Accept: text/html,application/xhtml+xml;q=0.9\r\n"));
      BOOST_TEST(page.field("content-type") == "text/html; charset=utf-8");
      BOOST_TEST(page.field("vary") == "Accept");
      BOOST_TEST(page.body.find(fmt::format("<code>{}</code>", name)) != std::string::npos);
      BOOST_TEST(list.body.find(fmt::format("{} {}: ", status_of(code), name)) !=
                 std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_code_is_in_the_reference) {
  std::ifstream file(SOURCE_DIR "/docs/reference/problems.md");
  std::ostringstream text;
  text << file.rdbuf();
  const auto page = text.str();
  for (std::size_t i = 0; i < http::problem_codes; ++i) {
    const auto code = static_cast<http::problem_code>(i);
    const auto row = fmt::format("\n| `{}` | {} | ", to_string(code), status_of(code));
    BOOST_TEST(page.find(row) != page.npos, "docs/reference/problems.md has no row" << row);
  }
}

BOOST_AUTO_TEST_CASE(the_list_is_a_page_with_links_that_loads_only_its_style) {
  const auto page = ask(test::get("/problems", "Accept: text/html\r\n"));
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.field("content-type") == "text/html; charset=utf-8");
  BOOST_TEST(page.field("vary") == "Accept");
  BOOST_TEST(page.field("content-security-policy") ==
             "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
             "form-action 'none'; frame-ancestors 'none'");
  BOOST_TEST(page.field("x-content-type-options") == "nosniff");
  BOOST_TEST(page.body.starts_with("<!doctype html>"));
  BOOST_TEST(page.body.find("<script") == std::string::npos);
  BOOST_TEST(page.body.find("<link rel=\"stylesheet\" href=\"docs/plain.css\">") !=
             std::string::npos);
  BOOST_TEST(ask(test::get("/docs/plain.css")).status == 200);
  for (std::size_t i = 0; i < http::problem_codes; ++i) {
    const auto code = static_cast<http::problem_code>(i);
    BOOST_TEST(page.body.find(fmt::format("<td>{}</td><td><a href=\"problems/{}\">",
                                          status_of(code), to_string(code))) != std::string::npos);
  }
  // For programs the same as text.
  const auto text = ask(test::get("/problems"));
  BOOST_TEST(text.field("content-type") == "text/plain; charset=utf-8");
  BOOST_TEST(text.field("vary") == "Accept");
  BOOST_TEST(text.body.find('<') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_settles_and_answers_captchas_finds_its_problems_explained) {
  const auto said = [this](const std::string& name) {
    return ask(test::get("/problems/" + name)).body;
  };
  for (const auto* word : {"cancelled", "unknown outcome to settle", "captcha", "name is taken"})
    BOOST_TEST(said("conflict").find(word) != std::string::npos, word);
  for (const auto* word : {"Idempotency-Key", "other requests", "settling"})
    BOOST_TEST(said("timeout").find(word) != std::string::npos, word);
  for (const auto* word : {"cannot be used", "lock", "starting"})
    BOOST_TEST(said("unavailable").find(word) != std::string::npos, word);
}

BOOST_AUTO_TEST_CASE(the_type_of_a_problem_leads_to_its_page) {
  const auto refused = ask(test::get("/nothing"));
  BOOST_TEST(refused.status == 404);
  BOOST_TEST(refused.body.find(R"("type":"/problems/not_found")") != std::string::npos);
  BOOST_TEST(ask(test::get("/problems/not_found")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_code_that_there_is_not_is_not_found_and_not_shown_as_html) {
  const auto answer = ask(test::get("/problems/%3Cscript%3E", "Accept: text/html\r\n"));
  BOOST_TEST(answer.status == 404);
  BOOST_TEST(answer.field("content-type") == "application/problem+json");
}

BOOST_AUTO_TEST_SUITE_END()
