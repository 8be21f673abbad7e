#include "tests/http/keys_fixture.hpp"

#include <boost/json/parse.hpp>

using namespace postrider;

namespace {

namespace json = boost::json;

actors::event_listing one_event() {
  persistence::found_event e;
  e.place = {{1, 65'536}, 0};
  e.event.type = persistence::event_type::message_sent;
  e.event.transaction = 7;
  e.event.user = 1;
  e.before_row = std::make_shared<const persistence::event_cursor>();
  actors::event_listing listing;
  listing.events.push_back({std::make_shared<const persistence::found_event>(e), "alpha"});
  listing.next.sessions = 9;
  listing.more = true;
  return listing;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_routes, test::server_fixture)

BOOST_AUTO_TEST_CASE(a_question_is_read_and_a_page_is_written) {
  std::vector<actors::event_request> seen;
  gateway.on_events = [&](auto request, auto done) {
    seen.push_back(request);
    done(one_event());
  };
  const auto answer = ask(test::get(
      "/v1/events?after=1.5.0.0.0.0&types=message.sent,provider.*&user_id=3&limit=7&wait=2500ms"));
  BOOST_TEST(answer.status == 200);
  const auto page = json::parse(answer.body);
  BOOST_TEST(page.at("next_cursor") == "1.9.0.0.0.0");
  BOOST_TEST(page.at("has_more") == true);
  BOOST_TEST(page.at("data").at(0).at("type") == "message.sent");
  BOOST_REQUIRE_EQUAL(seen.size(), 1u);
  using persistence::bit_of;
  using persistence::event_type;
  BOOST_TEST(seen[0].after->sessions == 5);
  BOOST_TEST(seen[0].filter.types ==
             (bit_of(event_type::message_sent) | bit_of(event_type::provider_down) |
              bit_of(event_type::provider_up) | bit_of(event_type::provider_held)));
  BOOST_TEST((seen[0].filter.users == std::vector<persistence::user_id>{3}));
  BOOST_TEST(seen[0].limit == 7);
  BOOST_TEST((seen[0].wait == std::chrono::milliseconds(2500)));
}

BOOST_AUTO_TEST_CASE(without_a_place_it_begins_with_the_oldest_and_now_is_the_end) {
  std::vector<actors::event_request> seen;
  gateway.on_events = [&](auto request, auto done) {
    seen.push_back(request);
    done(actors::event_listing{});
  };
  for (const auto* path : {"/v1/events", "/v1/events?after=now&wait=3"})
    BOOST_TEST(ask(test::get(path)).status == 200);
  BOOST_REQUIRE_EQUAL(seen.size(), 2u);
  BOOST_TEST((seen[0].after == persistence::event_cursor{}));
  BOOST_TEST((seen[0].wait == std::chrono::milliseconds(0)));
  BOOST_TEST(!seen[1].after.has_value());
  BOOST_TEST((seen[1].wait == std::chrono::milliseconds(3000)));
}

BOOST_AUTO_TEST_CASE(a_cursor_that_is_too_old_is_gone) {
  gateway.on_events = [](auto, auto done) {
    done(actors::service_error{actors::service_errc::gone, "begin again", {}, {}});
  };
  for (const auto* path : {"/v1/events", "/v1/events/stream"}) {
    const auto answer = ask(test::get(path));
    BOOST_TEST(answer.status == 410);
    BOOST_TEST(json::parse(answer.body).at("code") == "cursor_expired");
  }
}

BOOST_AUTO_TEST_CASE(a_stream_asks_again_behind_what_it_has_told) {
  std::vector<actors::event_request> seen;
  gateway.on_events = [&](auto request, auto done) {
    seen.push_back(request);
    if (seen.size() < 3) return done(one_event());
    done(actors::service_error{actors::service_errc::unavailable, "away", {}, {}});
  };
  const auto answer = ask(test::get("/v1/events/stream?types=message.sent"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body.starts_with("retry: 2000\n\nid: "));
  const std::string_view told = answer.body;
  std::size_t events = 0;
  for (auto at = told.find("\nevent: message.sent\ndata: {"); at != told.npos;
       at = told.find("\nevent: message.sent\ndata: {", at + 1))
    ++events;
  BOOST_TEST(events == 2u);
  BOOST_TEST(answer.body.ends_with("\n\n"));
  BOOST_REQUIRE_EQUAL(seen.size(), 3u);
  BOOST_TEST((seen[0].wait == std::chrono::milliseconds(0)));
  BOOST_TEST((seen[1].wait == std::chrono::seconds(15)));
  BOOST_TEST(seen[1].after->sessions == 9);
}

BOOST_AUTO_TEST_SUITE_END()
