#include "source_fixture.hpp"

namespace postrider::sources {

struct json_fixture : source_fixture {
  json_fixture() { of.type = source_type::json; }
};

BOOST_FIXTURE_TEST_SUITE(json_source, json_fixture)

BOOST_AUTO_TEST_CASE(usual_names_work_without_a_template) {
  auto message = first(must(post(R"({"title":"T","message":"M","severity":"x"})")));
  BOOST_TEST(message.subject == "T");
  BOOST_TEST(message.text == "M");
  message = first(must(post(R"([1,{"a":"b"}])")));
  BOOST_TEST(message.text == R"([1,{"a":"b"}])");
}

BOOST_AUTO_TEST_CASE(templates_pointers_and_labels) {
  of.title = "{{monitor.name}}";
  of.message = "{{msg}} at {{host}}";
  of.values = {{"host", "/tags/host name"}, {"gone", "/x/y"}};
  of.priority_label = "heartbeat.status";
  of.priorities = {{"0", persistence::priority::high}};
  of.dedupe_key = "{{heartbeat.id}}";
  const auto made =
      must(post(R"({"msg":"down","monitor":{"name":"Web"},"tags":{"host name":"w 1"},)"
                R"("heartbeat":{"status":0,"id":77}})"));
  BOOST_TEST(first(made).subject == "Web");
  BOOST_TEST(first(made).text == "down at w 1");
  BOOST_TEST((first(made).priority == persistence::priority::high));
  BOOST_TEST(made.event == "77");
}

BOOST_AUTO_TEST_CASE(a_key_that_comes_out_empty_is_no_event) {
  of.dedupe_key = "{{id}}";
  const auto made = must(post(R"({"message":"x"})"));
  BOOST_TEST(made.event == "");
  BOOST_TEST(made.fault.find("dedupe_key") != std::string::npos);
  BOOST_TEST(first(made).text.find("dedupe_key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_and_another_charset_are_no_reason_to_lose_it) {
  BOOST_TEST(first(must(post("\xef\xbb\xbf{\"message\":\"x\"}"))).text == "x");
  // ISO 8859-1.
  BOOST_TEST(first(must(post("{\"message\":\"T\xfcr\",\"title\":\"\xe4\"}"))).text ==
             "T\xef\xbf\xbdr");
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded) {
  BOOST_TEST(refused(post(std::string(100, '[') + std::string(100, ']'))) == 400U);
  BOOST_TEST(must(post(std::string(60, '[') + std::string(60, ']'))).messages.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
