#include "payloads.hpp"
#include "source_fixture.hpp"

#include <boost/json/parse.hpp>

namespace postrider::sources {

struct gotify_fixture : source_fixture {
  gotify_fixture() {
    of.type = source_type::gotify;
    request.path = {"message"};
  }
};

BOOST_FIXTURE_TEST_SUITE(gotify, gotify_fixture)

BOOST_AUTO_TEST_CASE(a_message_is_as_gotifys_interface_has_it) {
  const auto made =
      must(post(R"({"priority":5,"title":"Disk full","message":"/var is 97%","extras":{}})"));
  BOOST_TEST(first(made).subject == "Disk full");
  BOOST_TEST(first(made).text == "/var is 97%");
  BOOST_TEST((first(made).priority == persistence::priority::normal));
  const auto answer = answer_of(of, made, {{"0193", 42, "user:7", false}}, request.now);
  BOOST_TEST(answer.status == 200U);
  const auto object = boost::json::parse(answer.body);
  BOOST_TEST(object.at("id").as_int64() == 42);
  BOOST_TEST(object.at("appid").as_int64() == 1);
  BOOST_TEST(object.at("message").as_string() == "/var is 97%");
  BOOST_TEST(object.at("title").as_string() == "Disk full");
  BOOST_TEST(object.at("priority").as_int64() == 5);
  BOOST_TEST(object.at("date").as_string() == "2026-11-30T00:53:20.000Z");
}

BOOST_AUTO_TEST_CASE(forms_are_taken_too) {
  const auto made = must(post("title=my+title&message=my%20message&priority=8",
                              "application/x-www-form-urlencoded; charset=utf-8"));
  BOOST_TEST(first(made).subject == "my title");
  BOOST_TEST(first(made).text == "my message");
  BOOST_TEST((first(made).priority == persistence::priority::high));
}

BOOST_AUTO_TEST_CASE(curl_as_gotifys_documentation_has_it) {
  // curl -F "title=my title" -F "message=my message" -F "priority=5", curl 7.88.1 of Debian 12.
  std::string body;
  for (const auto& [name, value] : {std::pair("title", "my title"),
                                    std::pair("message", "my message"), std::pair("priority", "5")})
    body +=
        "--------------------------d74496d66958873e\r\nContent-Disposition: form-data; name=\"" +
        std::string(name) + "\"\r\n\r\n" + value + "\r\n";
  const auto made =
      must(post(body + "--------------------------d74496d66958873e--\r\n",
                "multipart/form-data; boundary=------------------------d74496d66958873e"));
  BOOST_TEST(first(made).subject == "my title");
  BOOST_TEST(first(made).text == "my message");
  BOOST_TEST(made.number == 5);
}

BOOST_AUTO_TEST_CASE(priorities_are_0_to_10) {
  using persistence::priority;
  for (const auto& [number, expected] :
       {std::pair(0, priority::low), std::pair(3, priority::low), std::pair(4, priority::normal),
        std::pair(7, priority::normal), std::pair(8, priority::high),
        std::pair(10, priority::high)})
    BOOST_TEST((first(must(post(R"({"message":"x","priority":)" + std::to_string(number) + "}")))
                    .priority == expected),
               number);
  BOOST_TEST((first(must(post(R"({"message":"x"})"))).priority == priority::normal));
  of.priorities = {{"5", priority::high}};
  BOOST_TEST((first(must(post(R"({"message":"x","priority":5})"))).priority == priority::high));
}

BOOST_AUTO_TEST_CASE(refusals_have_gotifys_form) {
  BOOST_TEST(refused(post(R"({"title":"x"})")) == 400U);
  BOOST_TEST(refused(post("x")) == 400U);
  request.path = {"application"};
  BOOST_TEST(refused(post(R"({"message":"x"})")) == 404U);
  BOOST_TEST(refusal_body(of.type, 400, "no") ==
             R"({"error":"Bad Request","errorCode":400,"errorDescription":"no"})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
