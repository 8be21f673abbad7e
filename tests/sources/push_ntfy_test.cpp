#include "source_fixture.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace postrider::sources {

struct ntfy_fixture : source_fixture {
  ntfy_fixture() {
    of.type = source_type::ntfy;
    request.path = {"backups"};
  }
  translation text(std::string_view body) { return must(post(body, "text/plain")); }
};

BOOST_FIXTURE_TEST_SUITE(ntfy, ntfy_fixture)

BOOST_AUTO_TEST_CASE(a_text_to_a_topic_with_headers) {
  request.headers = {{"Title", "Unauthorized access detected"},
                     {"Priority", "urgent"},
                     {"Tags", "warning,skull"},
                     {"Click", "https://home.example/"},
                     {"Delay", "30m"}};
  const auto made = text("Remote access detected.");
  const auto message = first(made);
  BOOST_TEST(message.subject == "Unauthorized access detected");
  BOOST_TEST(message.text == "Remote access detected.\nhttps://home.example/");
  BOOST_TEST((message.priority == persistence::priority::high));
  BOOST_TEST((message.send_at == request.now + std::chrono::minutes(30)));
  const auto answer = answer_of(of, made, {{"0193a5c0", 42, "user:7", false}}, request.now);
  BOOST_TEST(answer.status == 200U);
  const auto object = boost::json::parse(answer.body);
  BOOST_TEST(object.at("id").as_string() == "0193a5c0");
  BOOST_TEST(object.at("time").as_int64() == 1'796'000'000);
  BOOST_TEST(object.at("event").as_string() == "message");
  BOOST_TEST(object.at("topic").as_string() == "backups");
  BOOST_TEST(object.at("title").as_string() == "Unauthorized access detected");
  BOOST_TEST(object.at("message").as_string() == "Remote access detected.");
  BOOST_TEST(object.at("priority").as_int64() == 5);
  BOOST_TEST(object.at("tags").as_array().size() == 2U);
}

BOOST_AUTO_TEST_CASE(short_names_encoded_words_and_parameters) {
  request.headers = {{"t", "=?UTF-8?B?w5xiZXI=?="}, {"prio", "1"}};
  const auto message = first(text("x"));
  BOOST_TEST(message.subject == "Über");
  BOOST_TEST((message.priority == persistence::priority::low));
  request.headers.clear();
  request.query = {{"title", "T"}, {"p", "4"}, {"message", "from the query"}};
  const auto queried = first(text(""));
  BOOST_TEST(queried.subject == "T");
  BOOST_TEST(queried.text == "from the query");
  BOOST_TEST((queried.priority == persistence::priority::high));
}

BOOST_AUTO_TEST_CASE(json_goes_to_the_root) {
  request.path.clear();
  const auto made =
      must(post(R"({"topic":"doors","message":"Open","title":"Door","tags":["door"],)"
                R"("priority":2,"attach":"https://x.example/a.jpg","filename":"a.jpg",)"
                R"("actions":[],"unknown":{}})"));
  BOOST_TEST(made.topic == "doors");
  BOOST_TEST(first(made).text == "Open\nAttachment: a.jpg: https://x.example/a.jpg");
  BOOST_TEST((first(made).priority == persistence::priority::low));
  BOOST_TEST(refused(post(R"({"message":"no topic"})")) == 400U);
  BOOST_TEST(refused(post("text")) == 400U);
}

BOOST_AUTO_TEST_CASE(topics_have_recipients) {
  of.topics = {{"backups", {"user:8", "user:9"}}};
  const auto made = text("x");
  BOOST_TEST(made.messages.size() == 2U);
  BOOST_TEST(made.messages[1].user == 9);
  request.path = {"others"};
  BOOST_TEST(first(text("x")).user == 7);
  of.to.clear();
  BOOST_TEST(refused(post("x")) == 404U);
}

BOOST_AUTO_TEST_CASE(a_file_is_named_and_an_empty_text_is_ntfys) {
  request.headers = {{"Filename", "flower.jpg"}};
  BOOST_TEST(first(must(post("\xff\xd8\xff", "image/jpeg"))).text ==
             "Attachment: flower.jpg (image/jpeg, 3 bytes)");
  request.headers.clear();
  BOOST_TEST(first(text("")).text == "triggered");
}

BOOST_AUTO_TEST_CASE(a_delay_that_is_not_understood_loses_nothing) {
  request.headers = {{"At", "tomorrow, 10am"}};
  const auto message = first(text("x"));
  BOOST_TEST(!message.send_at.has_value());
  BOOST_TEST(message.text.find("\"tomorrow, 10am\" is not understood") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(others_are_refused_in_ntfys_form) {
  request.path = {"no topic!"};
  BOOST_TEST(refused(post("x")) == 400U);
  request.path = {"backups", "json"};
  BOOST_TEST(refused(post("x")) == 404U);
  request.method = "GET";
  request.path = {"backups", "publish"};
  BOOST_TEST(refused(translate(of, request)) == 405U);
  of.allow_get = true;
  request.query = {{"message", "by GET"}};
  request.body = {};
  BOOST_TEST(first(must(translate(of, request))).text == "by GET");
  request.method = "HEAD";
  BOOST_TEST(refused(translate(of, request)) == 405U);
  BOOST_TEST(refusal_body(of.type, 401, "unauthorized") ==
             "{\"code\":40101,\"http\":401,\"error\":\"unauthorized\"}\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
