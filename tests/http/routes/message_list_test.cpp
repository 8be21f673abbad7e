#include "tests/http/keys_fixture.hpp"

#include <boost/json/parse.hpp>

using namespace postrider;
using persistence::scope;

namespace {

namespace json = boost::json;

using members = std::vector<std::pair<std::string, std::string>>;
using user_ids = std::vector<persistence::user_id>;

actors::message_listing one_message() {
  actors::message_info info;
  info.message.id = test::some_message_id();
  info.message.user = 3;
  info.message.text = "secret";
  info.message.reference = "order 7";
  info.message.metadata = R"({"order":"7"})";
  info.status = actors::delivery_status::failed;
  for (int i = 0; i < 12; ++i) {
    actors::transaction_info row;
    row.provider = "alpha";
    row.transaction.error = persistence::error_code::unavailable;
    info.recipients.push_back({"+1555010" + std::to_string(i),
                               actors::delivery_status::failed,
                               actors::delivery_outcome::failed,
                               {row}});
  }
  actors::message_listing listing;
  listing.messages.push_back(std::move(info));
  listing.next_before = test::some_message_id();
  return listing;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(message_list_routes, test::keys_fixture)

BOOST_AUTO_TEST_CASE(counts_take_the_filters_of_the_list_but_no_page) {
  gateway.on_count_messages = [&](const actors::message_query& query, auto done) {
    BOOST_TEST((query.filter.users == user_ids{3}));
    BOOST_TEST((query.status == actors::delivery_status::failed));
    BOOST_TEST((query.filter.metadata == members{{"order", "7"}}));
    actors::message_counts counts;
    counts.by_status = {1, 2, 3, 4, 5};
    counts.by_outcome = {1, 2, 3, 4, 5, 6, 7};
    counts.messages = 15;
    counts.seen = 20;
    counts.complete = false;
    done(counts);
  };
  know("reader", {scope::read});
  const auto answer = ask(
      test::get("/v1/messages/counts?user_id=3&status=failed&metadata.order=7", bearer("reader")));
  BOOST_TEST(answer.body ==
             R"({"by_status":{"pending":1,"processing":2,"success":3,"failed":4,"partial":5},)"
             R"("by_outcome":{"sent":1,"delivered":2,"undelivered":3,"cancelled":4,"expired":5,)"
             R"("unknown":6,"failed":7},"messages":15,"looked_at":20,)"
             R"("since":"1970-01-01T00:00:00.000Z","complete":false})");
  for (const std::string_view wrong : {"limit=7", "cursor=x", "status=odd"})
    BOOST_TEST(
        ask(test::get("/v1/messages/counts?" + std::string(wrong), bearer("reader"))).status == 400,
        wrong);
}

BOOST_AUTO_TEST_CASE(a_query_is_read_and_a_page_is_written) {
  std::vector<actors::message_query> asked;
  gateway.on_list_messages = [&](auto query, auto done) {
    asked.push_back(query);
    done(one_message());
  };
  know("reader", {scope::read});
  const auto id = persistence::to_string(test::some_message_id());
  const auto answer = ask(test::get(
      "/v1/messages?user_id=3&recipient=%2B15550100&reference=order%207&status=failed"
      "&outcome=failed&created_after=2026-11-23T05:06:07Z&created_before=2026-11-24T05:06:07Z"
      "&limit=200&metadata.order=7&metadata.a%20b=c&cursor=" +
          id,
      bearer("reader")));
  BOOST_TEST(answer.status == 200, answer.body);
  const auto page = json::parse(answer.body);
  BOOST_TEST(page.at("has_more") == true);
  BOOST_TEST((page.at("next_cursor") == json::value(id)));
  const auto& line = page.at("data").at(0);
  BOOST_TEST(line.at("reference") == "order 7");
  BOOST_TEST(line.at("recipient_count") == 12);
  BOOST_TEST(line.at("recipients").as_array().size() == 10u);
  BOOST_TEST(line.at("recipients").at(0).at("provider") == "alpha");
  BOOST_TEST(line.at("recipients").at(0).at("error_code") == "unavailable");
  BOOST_TEST(line.at("outcomes").at("failed") == 12);
  BOOST_TEST(answer.body.find("secret") == std::string::npos);
  BOOST_REQUIRE_EQUAL(asked.size(), 1u);
  const auto& query = asked[0];
  BOOST_TEST((query.filter.users == user_ids{3}));
  BOOST_TEST(query.filter.recipient == "+15550100");
  BOOST_TEST(query.filter.reference == "order 7");
  BOOST_TEST((query.filter.metadata == members{{"order", "7"}, {"a b", "c"}}));
  BOOST_TEST((query.status == actors::delivery_status::failed));
  BOOST_TEST((query.outcome == actors::delivery_outcome::failed));
  BOOST_TEST(query.filter.created_after.has_value());
  BOOST_TEST(query.filter.created_before.has_value());
  BOOST_TEST(query.limit == 200);
  BOOST_TEST((query.before == test::some_message_id()));
  BOOST_TEST(!query.filter.test_only);
}

BOOST_AUTO_TEST_CASE(a_mistake_in_the_query_is_told) {
  know("reader", {scope::read});
  for (const std::string wrong :
       {"limit=0", "limit=201", "status=sent", "outcome=open", "user_id=x", "cursor=1",
        "created_after=today", "reference=", "reference=a&reference=b", "metadata.a=",
        "metadata.a=1&metadata.b=1&metadata.c=1&metadata.d=1&metadata.e=1&metadata.f=1"}) {
    const auto answer = ask(test::get("/v1/messages?" + wrong, bearer("reader")));
    BOOST_TEST(answer.status == 400, wrong);
    BOOST_TEST(answer.code() == "bad_query_parameter", wrong);
  }
  for (const std::string unknown : {"metadata.=1", "metadata=1", "text=x"})
    BOOST_TEST(ask(test::get("/v1/messages?" + unknown, bearer("reader"))).code() ==
                   "unknown_query_parameter",
               unknown);
}

BOOST_AUTO_TEST_CASE(a_limited_key_gets_the_messages_of_its_users) {
  user_ids users;
  gateway.on_list_messages = [&](auto query, auto done) {
    users = query.filter.users;
    done(actors::message_listing{});
  };
  know("some", {scope::read}, {2, 3});
  BOOST_TEST(ask(test::get("/v1/messages", bearer("some"))).body ==
             R"({"data":[],"has_more":false,"next_cursor":null})");
  BOOST_TEST((users == user_ids{2, 3}));
  BOOST_TEST(ask(test::get("/v1/messages?user_id=3", bearer("some"))).status == 200);
  BOOST_TEST((users == user_ids{3}));
  BOOST_TEST(ask(test::get("/v1/messages?user_id=4", bearer("some"))).status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
