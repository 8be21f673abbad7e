#include "base/digest.hpp"
#include "server_fixture.hpp"

using namespace postrider;

namespace {

constexpr std::string_view body = R"({"message":"x","user_id":1})";

struct idempotency_fixture : test::server_fixture {
  idempotency_fixture() {
    gateway.on_send = [this](actors::send_request request, auto, auto done) {
      asked.push_back(request.once);
      done(answer);
    };
  }
  test::reply post(std::string_view fields, std::string_view path = "/send/message") {
    return ask(test::post(path, body, fields));
  }

  std::vector<std::optional<actors::once_only>> asked;
  actors::result<actors::send_receipt> answer = test::some_receipt();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(idempotency, idempotency_fixture)

BOOST_AUTO_TEST_CASE(a_key_goes_with_the_message_as_a_fingerprint_and_so_does_the_body) {
  BOOST_TEST(post("").status == 202);
  BOOST_TEST(post("Idempotency-Key: order 7\r\n").status == 202);
  BOOST_TEST(post("idempotency-key: order 7\r\n", "/v1/messages").status == 202);
  BOOST_REQUIRE_EQUAL(asked.size(), 3U);
  BOOST_TEST(!asked[0].has_value());
  for (const auto i : {1, 2}) {
    BOOST_REQUIRE(asked[i]);
    BOOST_TEST(asked[i]->client == 0);
    BOOST_TEST((asked[i]->key == sha256("order 7")));
    BOOST_TEST((asked[i]->body == sha256(body)));
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_given_before_says_so) {
  BOOST_TEST(post("Idempotency-Key: k\r\n").field("idempotency-replayed") == "");
  const auto first = post("Idempotency-Key: k\r\n").body;
  answer->replayed = true;
  const auto again = post("Idempotency-Key: k\r\n");
  BOOST_TEST(again.status == 202);
  BOOST_TEST(again.field("idempotency-replayed") == "true");
  BOOST_TEST(again.field("location") == "/v1/messages/01938a5c-1f2e-7abc-8def-0123456789ab");
  BOOST_TEST(again.body == first);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_key_has_its_own_answer) {
  answer = actors::service_error{actors::service_errc::key_mismatch, "another body", {}};
  auto refused = post("Idempotency-Key: k\r\n");
  BOOST_TEST(refused.status == 422);
  BOOST_TEST(refused.code() == "idempotency_mismatch");
  BOOST_TEST(refused.field("retry-after") == "");
  answer = actors::service_error{actors::service_errc::in_progress, "not yet", {}};
  refused = post("Idempotency-Key: k\r\n");
  BOOST_TEST(refused.status == 409);
  BOOST_TEST(refused.code() == "idempotency_in_progress");
  BOOST_TEST(refused.field("retry-after") == "1");
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_one_is_refused_before_anything_is_sent) {
  const std::string longest(255, 'k');
  BOOST_TEST(post("Idempotency-Key: " + longest + "\r\n").status == 202);
  for (const std::string& fields :
       {std::string("Idempotency-Key: \r\n"), "Idempotency-Key: " + longest + "k\r\n",
        std::string("Idempotency-Key: k\r\nIdempotency-Key: k\r\n"),
        std::string("Idempotency-Key: \xc3\xa4\r\n")}) {
    const auto refused = post(fields);
    BOOST_TEST(refused.status == 422, fields);
    BOOST_TEST(refused.code() == "invalid", fields);
  }
  BOOST_TEST(asked.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
