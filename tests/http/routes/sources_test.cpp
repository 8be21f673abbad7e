#include "actors/api/service_errors.hpp"
#include "tests/http/keys_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using namespace postrider;

namespace {

constexpr std::string_view secret = "pr_abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view alert =
    R"({"receiver":"r","status":"firing","groupKey":"g","alerts":[{"status":"firing",)"
    R"("labels":{"alertname":"A"},"startsAt":"2026-01-01T00:00:00Z","fingerprint":"f"}]})";

/// Two sources with two recipients each, and what becomes of the messages to either.
struct sources_fixture : test::keys_fixture {
  sources_fixture() {
    for (const auto type : {sources::source_type::alertmanager, sources::source_type::text,
                            sources::source_type::mail}) {
      sources::source_settings of;
      of.name = sources::to_string(type);
      of.type = type;
      of.to = {"user:7", "user:8"};
      of.allow_get = true;
      settings.sources.push_back(of);
    }
    know(std::string(secret), {persistence::scope::ingest});
    know("root", {persistence::scope::admin});
    gateway.on_send = [this](const actors::send_request& request, auto, auto done) {
      asked.push_back(request);
      done(ends.at(request.user));
    };
  }

  test::reply post(std::string_view path, std::string_view body, std::string_view fields = "") {
    return ask(test::post(path, body, bearer(secret) + std::string(fields)));
  }
  test::reply post_mail(const std::string& mail) {
    return ask(
        fmt::format("POST /in/mail HTTP/1.1\r\nHost: localhost\r\n{}"
                    "Content-Type: message/rfc822\r\nContent-Length: {}\r\n\r\n{}",
                    bearer(secret), mail.size(), mail));
  }
  boost::json::value history(std::string_view source) {
    const auto answer =
        ask(test::get(fmt::format("/v1/sources/{}/requests", source), bearer("root")));
    BOOST_REQUIRE_EQUAL(answer.status, 200);
    return boost::json::parse(answer.body).at("data");
  }
  std::string latest(std::string_view source, std::string_view member) {
    return std::string(history(source).as_array().at(0).at(member).as_string());
  }
  std::int64_t messages_of(std::string_view source) {
    const auto answer = ask(test::get("/v1/sources", bearer("root")));
    const auto all = boost::json::parse(answer.body);
    for (const auto& one : all.at("data").as_array())
      if (one.at("name").as_string() == source) return one.at("messages").as_int64();
    return -1;
  }

  std::map<persistence::user_id, actors::result<actors::send_receipt>> ends{
      {7, test::some_receipt()}, {8, test::some_receipt()}};
  std::vector<actors::send_request> asked;
};

actors::send_receipt replayed() {
  auto receipt = test::some_receipt();
  receipt.replayed = true;
  return receipt;
}

actors::service_error no_route() {
  return {actors::service_errc::no_route, "user 8 has no address", {}, {}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(source_routes, sources_fixture)

BOOST_AUTO_TEST_CASE(what_may_succeed_later_is_503_and_says_when) {
  for (const auto& error :
       {actors::overloaded("full"), actors::unavailable("no database"), actors::stopping("nothing"),
        actors::service_error{actors::service_errc::in_progress, "it is being stored", {}, {}},
        no_route()}) {
    ends.insert_or_assign(8, error);
    const auto answer = post("/in/alertmanager", alert);
    BOOST_TEST(answer.status == 503, error.detail);
    BOOST_TEST(!answer.field("retry-after").empty(), error.detail);
    BOOST_TEST(latest("alertmanager", "result") == "unavailable");
  }
  ends.insert_or_assign(8, actors::no_answer());
  BOOST_TEST(post("/in/alertmanager", alert).status >= 500);
  // The first of the two was stored each time, under the same name.
  for (const auto& one : asked) {
    BOOST_REQUIRE(one.once.has_value());
    BOOST_TEST((one.once->window == std::chrono::hours(1)));
    BOOST_TEST((one.once->key == asked.at(one.user == 7 ? 0 : 1).once->key));
  }
  BOOST_TEST((asked.at(0).once->key != asked.at(1).once->key));
}

BOOST_AUTO_TEST_CASE(only_a_request_that_may_come_again_is_refused_for_one_recipient) {
  ends.insert_or_assign(8, no_route());
  BOOST_TEST(post("/in/alertmanager", alert).status == 503);
  // Again would be twice for the other one.
  const auto answer = post("/in/text", "x");
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(boost::json::parse(answer.body).at("messages").as_array().size() == 1U);
  BOOST_TEST(latest("text", "detail") == "user:8: user 8 has no address");
  BOOST_TEST(post("/in/text", "x", "Idempotency-Key: k\r\n").status == 503);
  ends.insert_or_assign(7, no_route());
  BOOST_TEST(post("/in/text", "x").status == 503);
}

BOOST_AUTO_TEST_CASE(only_new_messages_are_counted) {
  BOOST_TEST(post("/in/alertmanager", alert).status == 200);
  BOOST_TEST(messages_of("alertmanager") == 2);
  ends.insert_or_assign(7, replayed());
  BOOST_TEST(post("/in/alertmanager", alert).status == 200);
  BOOST_TEST(latest("alertmanager", "result") == "stored");
  BOOST_TEST(messages_of("alertmanager") == 3);
  ends.insert_or_assign(8, replayed());
  const auto answer = post("/in/alertmanager", alert);
  BOOST_TEST(answer.field("idempotency-replayed") == "true");
  BOOST_TEST(latest("alertmanager", "result") == "repeated");
  BOOST_TEST(messages_of("alertmanager") == 3);
}

BOOST_AUTO_TEST_CASE(a_head_sends_nothing) {
  if (!server) start();
  test::raw_client client(address);
  client.send(fmt::format("HEAD /in/text?text=x&key={} HTTP/1.1\r\nHost: a\r\n\r\n", secret));
  BOOST_TEST(client.receive(true).status == 405);
  BOOST_TEST(asked.empty());
  BOOST_TEST(ask(test::get(fmt::format("/in/text?text=x&key={}", secret))).status == 202);
  BOOST_TEST(asked.size() == 2U);
}

BOOST_AUTO_TEST_CASE(keys_are_masked_however_they_are_written) {
  const std::string escaped = "%70" + std::string(secret.substr(1));
  for (const auto& target :
       {fmt::format("/in/text?key={}", secret), fmt::format("/in/text?%6bey={}", escaped),
        fmt::format("/in/text?KEY={}", escaped), fmt::format("/in/text?message=a+{}", escaped),
        fmt::format("/in/text/{}", secret)}) {
    post(target, fmt::format("a {} b", secret), fmt::format("User-Agent: {}\r\n", secret));
    const auto shown = boost::json::serialize(history("text").as_array().at(0));
    BOOST_TEST(shown.find(secret.substr(3)) == shown.npos, shown);
    BOOST_TEST(shown.find("a pr_*** b") != shown.npos, shown);
  }
}

BOOST_AUTO_TEST_CASE(a_mail_is_one_message_for_each_recipient_however_often_it_comes) {
  const std::string mail =
      "From: nas@example.net\r\nSubject: Disk\r\nMessage-ID: <1@x>\r\n\r\nfull\r\n";
  const auto first = post_mail(mail);
  BOOST_TEST(first.status == 202);
  BOOST_TEST_REQUIRE(asked.size() == 2U);
  BOOST_TEST(asked[0].subject == "Disk");
  BOOST_TEST(asked[0].text == "full");
  BOOST_TEST_REQUIRE(asked[0].once.has_value());
  BOOST_TEST((asked[0].once->key != asked[1].once->key));
  // The mail of another relay differs in its trace only.
  post_mail("Received: by a; now\r\n" + mail);
  BOOST_TEST_REQUIRE(asked.size() == 4U);
  BOOST_TEST((asked[2].once->key == asked[0].once->key));
}

BOOST_AUTO_TEST_CASE(a_mail_in_a_loop_is_refused_with_the_reason) {
  const auto answer = post_mail("X-Postrider-Trace: 1\r\nSubject: s\r\n\r\nx\r\n");
  BOOST_TEST(answer.status == 400);
  BOOST_TEST(answer.body.find("go round in circles") != std::string::npos);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(a_source_that_does_not_exist_is_not_told_to_strangers) {
  BOOST_TEST(ask(test::post("/in/nothing", "x")).status == 401);
  BOOST_TEST(ask(test::post("/in/text", "x")).status == 401);
  BOOST_TEST(post("/in/nothing", "x").status == 404);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(a_test_key_has_repeats_of_its_own) {
  post("/in/alertmanager", alert);
  auto tester = known.at(std::string(secret));
  auto key = *tester.client;
  key.test = true;
  known["tester"].client = std::make_shared<persistence::api_key>(key);
  ask(test::post("/in/alertmanager", alert, bearer("tester")));
  BOOST_REQUIRE_EQUAL(asked.size(), 4U);
  BOOST_TEST(asked[2].test);
  BOOST_TEST((asked[0].once->key != asked[2].once->key));
  BOOST_TEST((asked[0].once->client == 0 && asked[2].once->client == 0));
}

BOOST_AUTO_TEST_SUITE_END()
