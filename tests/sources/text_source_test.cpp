#include "source_fixture.hpp"

namespace postrider::sources {

struct text_fixture : source_fixture {
  static constexpr std::string_view form = "application/x-www-form-urlencoded";
};

BOOST_FIXTURE_TEST_SUITE(text_source, text_fixture)

BOOST_AUTO_TEST_CASE(curl_sends_any_text) {
  // curl -d says that it is a form.
  for (const std::string_view text :
       {"Backup failed", "a=b", "50% of it", "two\nlines", "a&b", "100%25"}) {
    const auto made = must(post(text, form));
    BOOST_TEST(first(made).text == text);
    BOOST_TEST(first(made).subject == "");
    BOOST_TEST(first(must(post(text, "text/plain"))).text == text);
  }
}

BOOST_AUTO_TEST_CASE(forms_and_parameters_have_names) {
  auto message = first(must(post("message=Backup+failed&title=Nightly&priority=high", form)));
  BOOST_TEST(message.text == "Backup failed");
  BOOST_TEST(message.subject == "Nightly");
  BOOST_TEST((message.priority == persistence::priority::high));
  request.query = {{"title", "T"}, {"priority", "low"}};
  message = first(must(post("x", "text/plain")));
  BOOST_TEST(message.subject == "T");
  BOOST_TEST((message.priority == persistence::priority::low));
}

BOOST_AUTO_TEST_CASE(a_get_sends_only_where_it_is_allowed) {
  request.method = "GET";
  request.query = {{"text", "Door"}};
  BOOST_TEST(refused(translate(of, request)) == 405U);
  of.allow_get = true;
  BOOST_TEST(first(must(translate(of, request))).text == "Door");
}

BOOST_AUTO_TEST_CASE(five_megabytes_are_cut) {
  const auto message = first(must(post(std::string(5 * 1024 * 1024, 'x'), "text/plain")));
  BOOST_TEST(message.text.size() <= of.max_characters);
  BOOST_TEST(message.text.ends_with(" more characters)"));
}

BOOST_AUTO_TEST_CASE(others_are_refused) {
  BOOST_TEST(refused(post(" \n", "text/plain")) == 400U);
  BOOST_TEST(refused(post("x", "multipart/form-data; boundary=1")) == 415U);
  request.path = {"x"};
  BOOST_TEST(refused(post("x", "text/plain")) == 404U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
