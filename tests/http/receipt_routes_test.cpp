#include "server_fixture.hpp"

#include <algorithm>

using namespace postrider;

BOOST_FIXTURE_TEST_SUITE(receipt_routes, test::server_fixture)

BOOST_AUTO_TEST_CASE(take_what_a_provider_posts_as_it_is) {
  actors::receipt_request seen;
  gateway.on_receipt = [&](auto receipt, auto done) {
    seen = receipt;
    done(actors::receipt_answer{1});
  };
  const auto answer =
      ask("POST /receipts/sms-main/12.aB-_?d=1&answer=ACK%2F+ok%0a&bad=%zz HTTP/1.1\r\nHost: "
          "localhost\r\n"
          "X-Twilio-Signature: abc=\r\nContent-Type: application/x-www-form-urlencoded\r\n"
          "Content-Length: 5\r\n\r\na=b&c");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(seen.provider == "sms-main");
  BOOST_TEST(seen.token == "12.aB-_");
  BOOST_TEST(seen.method == "POST");
  BOOST_TEST(seen.target == "/receipts/sms-main/12.aB-_?d=1&answer=ACK%2F+ok%0a&bad=%zz");
  BOOST_TEST((seen.query == std::vector<std::pair<std::string, std::string>>{
                                {"d", "1"}, {"answer", "ACK%2F+ok%0a"}, {"bad", "%zz"}}));
  const auto& headers = seen.headers;
  BOOST_TEST((std::ranges::find(headers, std::pair<std::string, std::string>{
                                             "x-twilio-signature", "abc="}) != headers.end()));
  BOOST_TEST(seen.body == "a=b&c");
  BOOST_TEST(ask(test::get("/receipts/sms-main/12.x?answer=a+b")).status == 200);
  BOOST_TEST(seen.method == "GET");
  BOOST_TEST(seen.query.at(0).second == "a b");
  BOOST_TEST(ask(test::get("/receipts/sms-main")).status == 404);
}

BOOST_AUTO_TEST_CASE(tell_a_provider_why_its_receipt_was_not_taken) {
  for (const auto& [code, status] : {std::pair(actors::service_errc::forbidden, 403U),
                                     std::pair(actors::service_errc::not_found, 404U),
                                     std::pair(actors::service_errc::invalid, 422U),
                                     std::pair(actors::service_errc::unavailable, 503U)}) {
    gateway.on_receipt = [code](auto, auto done) {
      done(actors::service_error{code, "why", {}, {}});
    };
    BOOST_TEST(ask(test::get("/receipts/sms-main/12.x")).status == status);
  }
}

BOOST_AUTO_TEST_SUITE_END()
