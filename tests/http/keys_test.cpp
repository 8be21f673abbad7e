#include "actors/api/service_errors.hpp"
#include "keys_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

using namespace postrider;
using namespace std::chrono_literals;
using persistence::api_key;
using persistence::scope;
using test::keys_fixture;

namespace {

constexpr std::string_view message = R"({"message":"x","user_id":1})";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(keys, keys_fixture)

BOOST_AUTO_TEST_CASE(a_metrics_key_opens_metrics_and_nothing_else) {
  answer_everything();
  know("metrics", {scope::metrics});
  know("read", {scope::read});
  for (const auto& at : http::endpoints()) {
    if (!at.needs.scope) continue;
    const bool metrics = at.pattern == "/metrics";
    BOOST_TEST((ask(request_to(at, bearer("metrics"))).status == 403) == !metrics, at.pattern);
    if (metrics) BOOST_TEST(ask(request_to(at, bearer("read"))).status != 403);
  }
}

BOOST_AUTO_TEST_CASE(every_route_takes_the_keys_that_its_line_of_the_table_says) {
  answer_everything();
  know("send", {scope::send});
  know("read", {scope::read});
  know("metrics", {scope::metrics});
  know("admin", {scope::admin});
  int refused = 0, let_in = 0;
  for (const auto& at : http::endpoints()) {
    for (const auto& [name, admission] : known) {
      // As from the page, which is where a browser signs in.
      const auto answer = ask(request_to(at, bearer(name) + "Sec-Fetch-Site: same-origin\r\n"));
      const bool may = !at.needs.scope || admission.client->scopes.allows(*at.needs.scope);
      BOOST_TEST_CONTEXT(at.pattern << " with " << name << ": " << answer.body) {
        BOOST_TEST((answer.code() == "insufficient_scope") == !may);
        BOOST_TEST((answer.status == 403) == !may);
        if (!may)
          BOOST_TEST(
              answer.field("www-authenticate") ==
              fmt::format(R"(Bearer realm="postrider", error="insufficient_scope", scope="{}")",
                          to_string(*at.needs.scope)));
        BOOST_TEST(answer.status != 401);
      }
      ++(may ? let_in : refused);
    }
    for (const std::string& fields : {std::string(), bearer("unknown")}) {
      const auto answer = ask(request_to(at, fields));
      BOOST_TEST((answer.status == 401) == at.needs.scope.has_value(), at.pattern);
    }
  }
  BOOST_TEST(refused > 20);
  BOOST_TEST(let_in > 20);
}

BOOST_AUTO_TEST_CASE(only_what_everybody_may_ask_needs_no_key) {
  std::vector<std::string_view> open;
  for (const auto& at : http::endpoints())
    if (!at.needs.scope) open.push_back(at.pattern);
  const std::vector<std::string_view> expected{"/ui/session",
                                               "/receipts/{provider}/{token}",
                                               "/receipts/{provider}/{token}",
                                               "/livez",
                                               "/readyz",
                                               "/",
                                               "/ui",
                                               "/ui/",
                                               "/ui/{file}",
                                               "/problems",
                                               "/problems/{code}",
                                               "/openapi.json",
                                               "/docs",
                                               "/docs/{file}"};
  BOOST_TEST((open == expected));
}

BOOST_AUTO_TEST_CASE(who_shows_no_good_key_is_told_how) {
  know("good", {scope::admin});
  const auto answer = [&](std::string_view fields) {
    return ask(test::post("/send/message", message, fields));
  };
  const auto none = answer("");
  BOOST_TEST(none.status == 401);
  BOOST_TEST(none.code() == "unauthorized");
  BOOST_TEST(none.field("www-authenticate") == R"(Bearer realm="postrider")");
  BOOST_TEST(admitted == 0);
  BOOST_TEST(answer(bearer("bad")).field("www-authenticate") ==
             R"(Bearer realm="postrider", error="invalid_token")");
  for (const char* fields :
       {"Authorization: Basic Z29vZDo=\r\n", "Authorization: good\r\n", "Authorization: Bearer\r\n",
        "Authorization: \r\n", "Authorization: Bearer good\r\nAuthorization: Bearer good\r\n"}) {
    const auto refused = answer(fields);
    BOOST_TEST(refused.status == 401, fields);
    BOOST_TEST(
        refused.field("www-authenticate") == R"(Bearer realm="postrider", error="invalid_request")",
        fields);
  }
  gateway.on_send = [](auto, auto, auto done) { done(test::some_receipt()); };
  BOOST_TEST(answer(bearer("good")).status == 202);
  BOOST_TEST(answer("authorization: bearer good\r\n").status == 202);
}

BOOST_AUTO_TEST_CASE(a_key_in_trailers_or_in_the_query_is_none) {
  know("good", {scope::admin});
  const auto answer =
      ask("POST /send/message HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
          "Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n"
          "2\r\n{}\r\n0\r\nAuthorization: Bearer good\r\n\r\n");
  BOOST_TEST(answer.status == 401);
  BOOST_TEST(ask(test::get("/v1/providers?access_token=good")).status == 400);
}

BOOST_AUTO_TEST_CASE(a_server_that_needs_no_key_still_refuses_a_wrong_one) {
  settings.keys_required = false;
  know("reader", {scope::read});
  gateway.on_send = [](auto, auto, auto done) { done(test::some_receipt()); };
  BOOST_TEST(ask(test::post("/send/message", message)).status == 202);
  BOOST_TEST(ask(test::post("/send/message", message, bearer("bad"))).status == 401);
  BOOST_TEST(ask(test::post("/send/message", message, bearer("reader"))).status == 403);
}

BOOST_AUTO_TEST_CASE(while_the_keys_are_not_known_yet_nobody_is_told_that_his_is_wrong) {
  gateway.on_admit = [](std::string_view) -> actors::result<actors::admission> {
    return actors::service_error{actors::service_errc::unavailable, "starting", {}, 2s};
  };
  const auto answer = ask(test::post("/send/message", message, bearer("good")));
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.field("retry-after") == "2");
}

BOOST_AUTO_TEST_CASE(the_rate_of_a_key_is_told_with_every_answer) {
  know("some", {scope::send});
  gateway.on_send = [](auto, auto, auto done) { done(test::some_receipt()); };
  known["some"].rate = actors::request_budget{600, 599, 1s, true};
  auto answer = ask(test::post("/send/message", message, bearer("some")));
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(answer.field("ratelimit-policy") == R"("key";q=600;w=60)");
  BOOST_TEST(answer.field("ratelimit") == R"("key";r=599;t=1)");
  known["some"].rate = actors::request_budget{600, 0, 7s, false};
  answer = ask(test::post("/send/message", message, bearer("some")));
  BOOST_TEST(answer.status == 429);
  BOOST_TEST(answer.code() == "rate_limited");
  BOOST_TEST(answer.field("retry-after") == "7");
  BOOST_TEST(answer.field("ratelimit") == R"("key";r=0;t=7)");
  known["some"].rate.reset();
  answer = ask(test::post("/send/message", message, bearer("some")));
  BOOST_TEST(answer.field("ratelimit") == "");
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_belongs_to_the_api_key) {
  know("a", {scope::send});
  know("b", {scope::send});
  std::vector<persistence::api_key_id> clients;
  gateway.on_send = [&](actors::send_request request, auto, auto done) {
    clients.push_back(request.once->client);
    done(test::some_receipt());
  };
  for (const auto* name : {"a", "b"})
    ask(test::post("/send/message", message, bearer(name) + "Idempotency-Key: k\r\n"));
  BOOST_TEST((clients == std::vector<persistence::api_key_id>{1, 2}));
}

BOOST_AUTO_TEST_CASE(what_belongs_to_others_does_not_exist_for_a_limited_key) {
  know("own", {scope::send, scope::read}, {1});
  know("other", {scope::send, scope::read}, {2, 3});
  actors::transaction_info row;
  row.transaction.id = 1;
  row.transaction.user = 1;
  gateway.on_find_transaction = [&](auto, auto done) { done(row); };
  gateway.on_find_message = [&](auto, auto done) {
    actors::message_info found;
    found.message.id = test::some_message_id();
    found.message.user = 1;
    done(found);
  };
  gateway.on_send = [](auto, auto, auto done) { done(test::some_receipt()); };
  gateway.on_cancel = [](const actors::cancel_request& request, auto done) {
    BOOST_TEST(!request.test_only);
    if (request.users == std::vector<persistence::user_id>{1}) return done(actors::cancel_report{});
    BOOST_TEST((request.users == std::vector<persistence::user_id>{2, 3}));
    done(actors::no_such_message(request.message));
  };
  gateway.on_explain_route = [](auto, auto done) {
    done(std::vector<actors::route_explanation>());
  };
  gateway.on_explain_transaction = [](auto, auto done) { done(actors::route_explanation{}); };
  // Answered to both, each with events of its own users.
  std::vector<persistence::user_id> users;
  gateway.on_events = [&](actors::event_request request, auto done) {
    users = request.filter.users;
    test::done_with_events(request, done);
  };
  gateway.on_list_messages = [&](const actors::message_query& query, auto done) {
    users = query.filter.users;
    done(actors::message_listing{});
  };
  gateway.on_count_messages = [&](const actors::message_query& query, auto done) {
    users = query.filter.users;
    done(actors::message_counts{});
  };
  gateway.on_failures = [&](const actors::failure_request& request, auto done) {
    users = request.users;
    done(actors::failure_report{});
  };
  gateway.on_list_transactions = [](actors::transaction_query query, auto done) {
    BOOST_TEST((query.user == 1));
    done(actors::transaction_listing{});
  };
  gateway.on_user_providers = [](auto, auto done) {
    done(std::vector<actors::user_provider_line>());
  };
  int asked = 0;
  for (const auto& at : http::endpoints()) {
    if (!at.needs.of_users) continue;
    auto to = [&](std::string_view key) {
      auto bytes = request_to(at, bearer(key));
      // Bodies name their user.
      if (const auto body = bytes.find("Content-Length: 2\r\n\r\n{}"); body != bytes.npos)
        bytes.replace(body, std::string::npos,
                      fmt::format("Content-Length: {}\r\n\r\n{}", message.size(), message));
      return ask(bytes);
    };
    const auto own = to("own"), other = to("other");
    const bool lists_messages = at.pattern == "/v1/messages" && at.method == http::method::get;
    const bool counts = at.pattern == "/v1/messages/counts" || at.pattern == "/v1/failures";
    if (at.pattern.starts_with("/v1/events") || lists_messages || counts) {
      BOOST_TEST((users == std::vector<persistence::user_id>{2, 3}));
      BOOST_TEST(other.status == 200);
      continue;
    }
    BOOST_TEST(own.status < 300, at.pattern << ": " << own.body);
    ++asked;
    // Each line is answered for itself.
    if (at.content == http::content::lines) {
      BOOST_TEST(own.body.find("\"message_id\"") != std::string::npos, own.body);
      BOOST_TEST(other.body.find("\"code\":\"not_found\"") != std::string::npos, other.body);
      continue;
    }
    // A list of everybody's is none of theirs.
    const int expected = at.pattern == "/v1/transactions" ? 403 : 404;
    BOOST_TEST(other.status == expected, at.pattern << ": " << other.body);
    if (expected == 403)
      BOOST_TEST(other.body.find("ask for /v1/users/") != std::string::npos, other.body);
  }
  BOOST_TEST(asked >= 9);
}

BOOST_AUTO_TEST_CASE(a_key_is_made_shown_and_revoked) {
  know("admin", {scope::admin});
  api_key key;
  key.id = 7;
  key.name = "shop";
  key.prefix = "pr_abcdefgh";
  key.scopes = {scope::send, scope::read};
  key.users = {3, 9};
  key.sources = {"alerts"};
  key.rate_per_minute = 60;
  key.created_at = persistence::time_point(1'700'000'000s);
  gateway.on_create_key = [&](actors::new_key wanted, auto done) {
    BOOST_TEST(wanted.name == "shop");
    BOOST_TEST((wanted.scopes == key.scopes));
    BOOST_TEST((wanted.users == key.users));
    BOOST_TEST(wanted.sources.empty());
    BOOST_TEST(wanted.test);
    BOOST_TEST(wanted.rate_per_minute == 60);
    BOOST_TEST((wanted.expires_at == key.created_at));
    done(actors::created_key{key, "pr_secret"});
  };
  const auto made = ask(test::post(
      "/v1/keys",
      R"({"name":"shop","scopes":["read","send"],"users":[3,9],"test":true,"rate_per_minute":60,)"
      R"("expires_at":"2023-11-14T22:13:20Z"})",
      bearer("admin")));
  const std::string rest =
      R"("prefix":"pr_abcdefgh","scopes":["send","read"],"users":[3,9],)"
      R"("sources":["alerts"],"test":false,)"
      R"("rate_per_minute":60,"created_at":"2023-11-14T22:13:20.000Z","expires_at":null,)"
      R"("last_used_at":null,"revoked_at":null})";
  BOOST_TEST(made.status == 201);
  BOOST_TEST(made.field("location") == "/v1/keys/7");
  BOOST_TEST(made.body == R"({"id":7,"name":"shop","key":"pr_secret",)" + rest);
  gateway.on_keys = [&](auto done) { done(std::vector{key}); };
  const auto listed = ask(test::get("/v1/keys", bearer("admin")));
  BOOST_TEST(listed.body == R"({"data":[{"id":7,"name":"shop",)" + rest + "]}");
  gateway.on_revoke_key = [&](persistence::api_key_id id, auto done) {
    BOOST_TEST(id == 7);
    done(key);
  };
  const auto revoked =
      ask("DELETE /v1/keys/7 HTTP/1.1\r\nHost: localhost\r\n" + bearer("admin") + "\r\n");
  BOOST_TEST(revoked.status == 200);
  BOOST_TEST(revoked.body == R"({"id":7,"name":"shop",)" + rest);
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_is_refused_member_by_member) {
  know("admin", {scope::admin});
  const auto refused = ask(
      test::post("/v1/keys",
                 R"({"name":"","scopes":["admin","write"],"users":[0],"scope":"send","test":true,)"
                 R"("expires_at":"2001-01-01T00:00:00Z"})",
                 bearer("admin")));
  BOOST_TEST(refused.status == 422);
  for (const char* pointer : {"/name", "/scopes/1", "/users/0", "/scope", "/test", "/expires_at"})
    BOOST_TEST(refused.body.find(fmt::format(R"("pointer":"{}")", pointer)) != std::string::npos,
               pointer);
}

BOOST_AUTO_TEST_SUITE_END()
