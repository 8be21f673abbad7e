#include "tests/http/keys_fixture.hpp"

#include <boost/json/parse.hpp>

using namespace postrider;
using persistence::bit_of;
using persistence::event_type;
using persistence::scope;

namespace {

namespace json = boost::json;

persistence::endpoint some_endpoint() {
  persistence::endpoint e;
  e.id = 7;
  e.url = "https://example.org/hook";
  e.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  e.types = bit_of(event_type::message_failed);
  e.users = {3};
  e.health.failing_since = persistence::time_point(std::chrono::seconds(1));
  e.recent = {{{{1, 2}, 3}, event_type::message_sent, {}, std::chrono::milliseconds(12), ""}};
  return e;
}

struct endpoint_fixture : test::keys_fixture {
  endpoint_fixture() { know("boss", {scope::admin}); }

  json::value done(const test::reply& answer, int status) {
    BOOST_TEST(answer.status == status, answer.body);
    return json::parse(answer.body);
  }
  test::reply post(std::string_view target, std::string_view body) {
    return ask(test::post(target, body, bearer("boss")));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(endpoint_routes, endpoint_fixture)

BOOST_AUTO_TEST_CASE(a_new_endpoint_is_read_and_shows_its_secret_once) {
  std::optional<actors::new_endpoint> read;
  gateway.on_create_endpoint = [&](actors::new_endpoint wanted, auto then) {
    read = wanted;
    then(actors::changed_endpoint{some_endpoint(), "whsec_made"});
  };
  gateway.on_endpoints = [](auto then) { then(std::vector{some_endpoint()}); };
  const auto made = done(post("/v1/endpoints", R"({
    "url": "https://example.org/hook", "description": "shop",
    "types": ["message.failed", "endpoint.*"], "user_ids": [5, 3, 5], "allow_private": true,
    "after": ""})"),
                         201);
  BOOST_TEST(made.at("secret") == "whsec_made");
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->what.url == "https://example.org/hook");
  BOOST_TEST(read->what.description == "shop");
  BOOST_TEST(read->what.types ==
             (bit_of(event_type::message_failed) | bit_of(event_type::endpoint_disabled)));
  BOOST_TEST((read->what.users == std::vector<persistence::user_id>{3, 5}));
  BOOST_TEST(read->what.allow_private);
  BOOST_TEST((read->after == persistence::event_cursor()));
  const auto listed = done(ask(test::get("/v1/endpoints", bearer("boss"))), 200).at("data").at(0);
  BOOST_TEST(!listed.as_object().contains("secret"));
  BOOST_TEST(listed.at("state") == "failing");
  BOOST_TEST(listed.at("types").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_a_place_it_begins_at_the_end) {
  std::optional<actors::new_endpoint> read;
  gateway.on_create_endpoint = [&](actors::new_endpoint wanted, auto then) {
    read = wanted;
    then(actors::changed_endpoint{some_endpoint(), "whsec_made"});
  };
  done(post("/v1/endpoints", R"({"url": "https://example.org", "after": "now"})"), 201);
  BOOST_TEST(!read->after);
}

BOOST_AUTO_TEST_CASE(a_replay_is_one_of_four) {
  std::optional<persistence::replay_deliveries> replay;
  std::optional<actors::endpoint_change> change;
  gateway.on_replay_deliveries = [&](auto wanted, auto then) {
    replay = wanted;
    then(std::int64_t{4});
  };
  gateway.on_change_endpoint = [&](auto wanted, auto then) {
    change = wanted;
    then(actors::changed_endpoint{some_endpoint(), {}});
  };
  const std::string path = "/v1/endpoints/7/replay";
  BOOST_TEST(done(post(path, R"({"undelivered": true})"), 200).at("deliveries") == 4);
  BOOST_TEST((replay->endpoint == 7 && replay->id == 0));
  done(post(path, R"({"delivery_id": 9})"), 200);
  BOOST_TEST(replay->id == 9);
  done(post(path, R"({"since": "2026-12-01T05:06:07Z"})"), 200);
  BOOST_TEST((change->what.place == persistence::event_cursor()));
  BOOST_TEST(change->what.since.has_value());
  done(post(path, R"({"since": "2026-12-01T05:06:07Z", "undelivered": true})"), 422);
  done(post(path, R"({"undelivered": false})"), 422);
}

BOOST_AUTO_TEST_CASE(deliveries_are_listed) {
  std::optional<persistence::delivery_query> read;
  gateway.on_endpoint_deliveries = [&](auto query, auto then) {
    read = query;
    persistence::endpoint_delivery d;
    d.id = 12;
    d.place = {{1, 2}, 3};
    d.state = persistence::delivery_state::undelivered;
    then(actors::delivery_listing{some_endpoint().recent, {d}});
  };
  const auto page = done(ask(test::get("/v1/endpoints/7/deliveries?state=undelivered&limit=1"
                                       "&before=99",
                                       bearer("boss"))),
                         200);
  BOOST_TEST(read->endpoint == 7);
  BOOST_TEST((read->state == persistence::delivery_state::undelivered));
  BOOST_TEST((read->limit == 1 && read->before == 99));
  BOOST_TEST(page.at("recent").at(0).at("delivered") == true);
  BOOST_TEST(page.at("data").at(0).at("next_attempt_at").is_null());
  BOOST_TEST(page.at("next_before") == 12);
}

BOOST_AUTO_TEST_CASE(a_secret_is_given_or_made) {
  done(ask("PATCH /v1/endpoints/7 HTTP/1.1\r\nHost: localhost\r\n" + bearer("boss") +
           "Content-Type: application/json\r\nContent-Length: 43\r\n\r\n"
           R"({"secret": "whsec_x", "rotate_secret":true})"),
       422);
}

BOOST_AUTO_TEST_SUITE_END()
