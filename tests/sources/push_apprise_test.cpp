#include "payloads.hpp"
#include "source_fixture.hpp"

namespace postrider::sources {

struct apprise_fixture : source_fixture {
  apprise_fixture() { of.type = source_type::apprise; }
};

BOOST_FIXTURE_TEST_SUITE(apprise, apprise_fixture)

BOOST_AUTO_TEST_CASE(title_text_and_type_are_taken) {
  const auto made = must(post(apprise_json));
  BOOST_TEST(first(made).subject == "Disk full");
  BOOST_TEST(first(made).text == "/var is 97%");
  BOOST_TEST((first(made).priority == persistence::priority::normal));
  BOOST_TEST(made.event.empty());
  BOOST_TEST((first(must(post(R"({"message":"x","type":"failure"})"))).priority ==
              persistence::priority::high));
  of.priorities = {{"warning", persistence::priority::high}};
  BOOST_TEST((first(must(post(apprise_json))).priority == persistence::priority::high));
}

BOOST_AUTO_TEST_CASE(attachments_are_named_with_their_size) {
  const auto made = must(post(R"({"title":"","message":"see","type":"info","attachments":[)"
                              R"({"filename":"a.txt","base64":"aGVsbG8=","mimetype":"text/plain"},)"
                              R"({"filename":"b","base64":"aGVsbG8h"},7]})"));
  BOOST_TEST(first(made).text ==
             "see\nAttachment: a.txt (text/plain, 5 bytes)\nAttachment: b (6 bytes)\n"
             "Attachment: without a name");
}

BOOST_AUTO_TEST_CASE(a_title_alone_is_the_text) {
  const auto made = must(post(R"({"title":"Disk full","message":""})"));
  BOOST_TEST(first(made).text == "Disk full");
  BOOST_TEST(first(made).subject == "");
  BOOST_TEST(refused(post(R"({"title":"","message":""})")) == 400U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
