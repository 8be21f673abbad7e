#include "source_fixture.hpp"

namespace postrider::sources {

BOOST_FIXTURE_TEST_SUITE(translating, source_fixture)

BOOST_AUTO_TEST_CASE(each_recipient_has_a_message_of_its_own) {
  of.to = {"user:7", "+15551234567", "ann@example.org", "user:7"};
  of.user = 3;
  of.ttl = std::chrono::hours(1);
  of.fallback_on_undelivered = true;
  const auto made = must(post("x", "text/plain"));
  BOOST_REQUIRE_EQUAL(made.messages.size(), 3U);
  BOOST_TEST((made.to == recipient_list{"user:7", "+15551234567", "ann@example.org"}));
  BOOST_TEST(made.messages[0].user == 7);
  BOOST_TEST(!made.messages[0].recipients.has_value());
  BOOST_TEST(made.messages[1].user == 3);
  BOOST_REQUIRE(made.messages[1].recipients.has_value());
  BOOST_TEST(made.messages[1].recipients->front().text == "+15551234567");
  for (const auto& one : made.messages) {
    BOOST_TEST((one.ttl == std::chrono::hours(1)));
    BOOST_TEST((one.fallback_on_undelivered == true));
  }
}

BOOST_AUTO_TEST_CASE(a_request_chooses_recipients_only_where_it_may) {
  request.query = {{"to", "user:9, user:10"}};
  BOOST_TEST(refused(post("x", "text/plain")) == 403U);
  of.allow_to = true;
  const auto made = must(post("x", "text/plain"));
  BOOST_TEST((made.to == recipient_list{"user:9", "user:10"}));
  of.user = 3;
  // "+" of a query is a blank.
  request.query = {{"to", " 15551234567,user:9"}};
  BOOST_TEST((must(post("x", "text/plain")).to == recipient_list{"+15551234567", "user:9"}));
  of.user = 0;
  for (const auto* wish : {"user:0", "user:x", "+15551234567", ",", ""}) {
    request.query = {{"to", wish}};
    BOOST_TEST(refused(post("x", "text/plain")) == 400U, wish);
  }
  std::string crowd;
  for (int i = 1; i <= 51; ++i)
    crowd += "user:" + std::to_string(i) + ",";
  request.query = {{"to", crowd}};
  BOOST_TEST(refused(post("x", "text/plain")) == 400U);
}

BOOST_AUTO_TEST_CASE(senders_repeat_what_is_refused_for_now) {
  for (const auto status : {408U, 409U, 429U, 503U})
    BOOST_TEST(status_for_sender(status) == 503U);
  for (const auto status : {400U, 401U, 403U, 404U, 413U, 422U, 500U})
    BOOST_TEST(status_for_sender(status) == status);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
