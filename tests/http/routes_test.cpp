#include "server_fixture.hpp"

#include <boost/json/parse.hpp>

using namespace postrider;
using namespace std::chrono_literals;

namespace {

constexpr persistence::time_point morning =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 5h + 6min + 7s + 89ms;

actors::transaction_info failed_transaction() {
  actors::transaction_info info;
  auto& row = info.transaction;
  row.id = 123;
  row.message = test::some_message_id();
  row.user = 1;
  row.recipient = "+15551234567";
  row.status = persistence::transaction_status::failed;
  row.max_retries = 3;
  row.due_at = morning + 3min;
  row.error = persistence::error_code::unavailable;
  row.error_message = "connection refused";
  row.created_at = morning;
  row.updated_at = morning + 1s;
  info.provider = "signal-main";
  info.provider_type = "signal";
  row.attempts.push_back({.provider = 7,
                          .last = {persistence::error_code::unavailable, morning + 500ms,
                                   morning + 501500us, "connection refused"}});
  info.tried.push_back({"signal-main", "signal"});
  return info;
}

constexpr std::string_view failed_json =
    R"({"id":123,"message_id":"01938a5c-1f2e-7abc-8def-0123456789ab","user_id":1,)"
    R"("recipient":"+15551234567","provider":"signal-main","provider_type":"signal",)"
    R"("status":"failed","final":false,"archived":false,"retry_count":0,)"
    R"("retries_used":0,"max_retries":3,"priority":"normal","on_unknown":null,)"
    R"("error_code":"unavailable","error_message":"connection refused","provider_ref":null,"receipt":null,"receipt_at":null,)"
    R"("possible_duplicate":false,"test":false,"due_at":"2026-11-23T05:09:07.089Z",)"
    R"("next_retry_at":"2026-11-23T05:09:07.089Z","expires_at":null,)"
    R"("superseded_by":null,"settlement":null,"waits_for":null,)"
    R"("created_at":"2026-11-23T05:06:07.089Z","updated_at":"2026-11-23T05:06:08.089Z","completed_at":null,)"
    R"("attempts":[{"provider":"signal-main","provider_type":"signal","count":1,"first":null,)"
    R"("last":{"began_at":"2026-11-23T05:06:07.589Z","ended_at":"2026-11-23T05:06:07.590Z",)"
    R"("duration_ms":1.5,"outcome":"unavailable","answer":"connection refused"}}]})";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(routes, test::server_fixture)

BOOST_AUTO_TEST_CASE(accept_a_message_under_both_paths) {
  gateway.on_send = [](auto, auto, auto done) { done(test::some_receipt()); };
  for (const char* path : {"/send/message", "/v1/messages"}) {
    const auto answer = ask(test::post(path, R"({"message":"x","user_id":1})"));
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(answer.field("location") == "/v1/messages/01938a5c-1f2e-7abc-8def-0123456789ab");
    BOOST_TEST(answer.field("content-type") == "application/json");
    BOOST_TEST(answer.field("date").size() == 29U);
    BOOST_TEST(answer.body ==
               R"({"id":123,"message_id":"01938a5c-1f2e-7abc-8def-0123456789ab",)"
               R"("status":"pending","transactions":[{"id":123,"recipient":"+15551234567",)"
               R"("provider":"signal-main","provider_type":"signal","status":"pending"}]})");
  }
}

BOOST_AUTO_TEST_CASE(refuse_a_message_that_is_not_one) {
  const auto answer =
      ask(test::post("/send/message", R"({"mesage":"x","user_id":"1"})", "X-Request-Id: r\r\n"));
  BOOST_TEST(answer.status == 422);
  BOOST_TEST(answer.field("content-type") == "application/problem+json");
  BOOST_TEST(answer.body ==
             R"({"type":"/problems/invalid","title":"Invalid request",)"
             R"("status":422,"detail":"3 mistakes","code":"invalid","request_id":"r",)"
             R"("errors":[{"pointer":"/mesage","code":"unknown_member","detail":)"
             R"("there is no member \"mesage\" here; did you mean \"message\"?"},)"
             R"({"pointer":"/user_id","code":"wrong_type","detail":)"
             R"("must be an integer, not a string"},)"
             R"({"pointer":"/message","code":"missing","detail":"is required"}]})");
}

BOOST_AUTO_TEST_CASE(name_the_member_when_one_thing_is_wrong) {
  const std::pair<const char*, const char*> cases[]{
      {R"({"message":"x"})", "`user_id` is required"},
      {R"({"message":"x","user_id":"1"})", "`user_id` must be an integer, not a string"},
      {R"({"message":"x","user_id":1,"recipients":[{"phone":7}]})",
       "`recipients/0/phone` must be a string, not a number"},
      {R"({"message":"x","user_id":1,"ttl":"1h"})",
       "`ttl` must be a number of seconds such as 3600, not a string"},
      {R"({"message":"x","user_id":1,"send_at":"2030-01-01T00:00:00"})",
       "`send_at` must end with its time zone: Z for UTC, or an offset such as +01:00"},
      {R"({"message":"x","user_id":1,"send_at":"tomorrow"})",
       "`send_at` must be a time of RFC 3339 such as 2026-11-23T05:06:07Z"},
      {R"({"message":"x","user_id":1,"recipients":"+15551234567"})",
       R"(`recipients` must be an array, not a string: ["+15551234567"])"},
      {R"({"message":"x","user_id":1,"colour":1})",
       R"(there is no member "colour" here; known are message, )"},
      {R"([])", "the body must be an object, not an array"},
  };
  for (const auto& [json, detail] : cases) {
    const auto answer = boost::json::parse(ask(test::post("/send/message", json)).body);
    BOOST_TEST(std::string(answer.at("detail").as_string()).starts_with(detail),
               answer.at("detail") << " is not " << detail);
  }
}

BOOST_AUTO_TEST_CASE(say_that_more_is_wrong_than_is_told) {
  std::string json = "{";
  for (int i = 0; i < 200; ++i)
    json += "\"m" + std::to_string(i) + "\":1,";
  json.back() = '}';
  const auto answer = boost::json::parse(ask(test::post("/send/message", json)).body);
  BOOST_TEST(answer.at("detail") == "more than 100 mistakes; the first 100 are listed");
  BOOST_TEST(answer.at("errors").as_array().size() == 100U);
}

BOOST_AUTO_TEST_CASE(say_where_a_body_stops_being_json) {
  const auto answer = ask(test::post("/send/message", "{\"message\":\n nope}"));
  BOOST_TEST(answer.status == 400);
  BOOST_TEST(answer.code() == "invalid_json");
  BOOST_TEST(answer.body.find("line 2, column 2") != std::string::npos);
  BOOST_TEST(ask(test::post("/send/message", "")).code() == "invalid_json");
}

BOOST_AUTO_TEST_CASE(want_json_by_its_name) {
  start();
  const auto with = [&](const std::string& type) {
    return ask("POST /send/message HTTP/1.1\r\nHost: localhost\r\n" + type +
               "Content-Length: 2\r\n\r\n{}")
        .status;
  };
  BOOST_TEST(with("") == 415);
  BOOST_TEST(with("Content-Type: text/plain\r\n") == 415);
  BOOST_TEST(with("Content-Type: application/json; charset=latin1\r\n") == 415);
  BOOST_TEST(with("Content-Type: application/json\r\nContent-Encoding: gzip\r\n") == 415);
  BOOST_TEST(with("Content-Type: application/json; charset=utf-8\r\n") == 422);
}

BOOST_AUTO_TEST_CASE(show_a_transaction) {
  gateway.on_find_transaction = [](auto id, auto done) {
    BOOST_TEST(id == 123);
    done(failed_transaction());
  };
  const auto answer = ask(test::get("/v1/transactions/123"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == failed_json);
}

BOOST_AUTO_TEST_CASE(show_a_finished_transaction_with_all_it_has) {
  auto info = failed_transaction();
  info.archived = info.final = true;
  info.transaction.expires_at = morning + 1h;
  info.transaction.completed_at = morning + 2s;
  info.transaction.superseded_by = 124;
  info.transaction.provider_ref = "ref-1";
  info.transaction.receipt = persistence::receipt::delivered;
  info.transaction.receipt_at = morning + 3s;
  info.transaction.possible_duplicate = true;
  info.transaction.error_message = "";
  gateway.on_find_transaction = [&](auto, auto done) { done(info); };
  const auto body = ask(test::get("/v1/transactions/123")).body;
  for (
      const char* part :
      {R"("final":true,"archived":true)", R"("error_message":null,"provider_ref":"ref-1")",
       R"("receipt":"delivered","receipt_at":"2026-11-23T05:06:10.089Z")",
       R"("possible_duplicate":true,"test":false,"due_at":null,"next_retry_at":null,"expires_at":"2026-11-23T06:06:07.089Z")",
       R"("superseded_by":124)", R"("completed_at":"2026-11-23T05:06:09.089Z")"})
    BOOST_TEST(body.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(show_a_message_with_the_chains_of_its_recipients) {
  gateway.on_find_message = [](const auto& id, auto done) {
    actors::message_info info;
    info.message.id = id;
    info.message.user = 1;
    info.message.text = "hello";
    info.message.metadata = R"({"order":"42"})";
    info.message.reference = "order 42";
    info.message.created_at = morning;
    info.status = actors::delivery_status::pending;
    info.recipients.push_back(
        {"+15551234567", actors::delivery_status::pending, {}, {failed_transaction()}});
    done(info);
  };
  const auto answer = ask(test::get("/v1/messages/01938A5C-1F2E-7ABC-8DEF-0123456789AB"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(
      answer.body ==
      R"({"message_id":"01938a5c-1f2e-7abc-8def-0123456789ab","user_id":1,)"
      R"("status":"pending","message":"hello","subject":null,"html":null,"type":null,)"
      R"("reference":"order 42","fallback":true,"metadata":{"order":"42"},)"
      R"("body_removed_at":null,"test":false,)"
      R"("created_at":"2026-11-23T05:06:07.089Z","send_at":null,"expires_at":null,)"
      R"("priority":"normal","on_unknown":null,"max_retries":0,"outcomes":{"open":1,"sent":0,)"
      R"("delivered":0,"undelivered":0,"cancelled":0,"expired":0,"unknown":0,"failed":0},)"
      R"("recipients":[{"recipient":"+15551234567","status":"pending","outcome":null,)"
      R"("transactions":[)" +
          std::string(failed_json) + "]}]}");
}

BOOST_AUTO_TEST_CASE(answer_404_for_what_is_not_there_or_cannot_be) {
  gateway.on_find_transaction = [](auto, auto done) {
    done(actors::service_error{actors::service_errc::not_found, "there is no transaction 9", {}});
  };
  start();
  for (const char* path :
       {"/v1/transactions/9", "/v1/transactions/0", "/v1/transactions/-1", "/v1/transactions/x",
        "/v1/transactions/99999999999999999999", "/v1/messages/7", "/v1/users/0/providers",
        "/nothing", "/v1/messages/01938a5c-1f2e-7abc-8def-0123456789ab/x"}) {
    const auto answer = ask(test::get(path));
    BOOST_TEST(answer.status == 404, path);
    BOOST_TEST(answer.code() == "not_found", path);
  }
}

BOOST_AUTO_TEST_CASE(show_providers_without_secrets) {
  gateway.on_providers = [](auto done) {
    actors::provider_info info;
    info.name = "signal-main";
    info.type = "signal";
    info.priority = 1;
    info.active = true;
    info.circuit = {"open", "connection refused", morning, morning};
    info.outcomes = {{"accepted", 5}, {"unavailable", 1}};
    info.consecutive_failures = 1;
    info.latency_p50 = 1500us;
    info.latency_p99 = 20ms;
    info.in_flight = 2;
    info.max_in_flight = 10;
    info.queued = 3;
    info.last_error = "connection refused";
    done(std::vector{info});
  };
  const std::string one =
      R"({"name":"signal-main","type":"signal","priority":1,"active":true,)"
      R"("circuit":{"state":"open","reason":"connection refused",)"
      R"("since":"2026-11-23T05:06:07.089Z","open_until":"2026-11-23T05:06:07.089Z","held":false},)"
      R"("health":{"outcomes":{"accepted":5,"unavailable":1},"consecutive_failures":1,)"
      R"("latency_p50_ms":1.5,"latency_p99_ms":20,"last_error":"connection refused"},)"
      R"("challenge":null,"paused_until":null,"limits":{"max_in_flight":10},"in_flight":2,"queued":3})";
  BOOST_TEST(ask(test::get("/v1/providers")).body == "{\"data\":[" + one + "]}");
  BOOST_TEST(ask(test::get("/v1/providers/signal%2Dmain")).body == one);
  BOOST_TEST(ask(test::get("/v1/providers/other")).status == 404);
}

BOOST_AUTO_TEST_CASE(tell_a_prober_how_it_is) {
  BOOST_TEST(ask(test::get("/livez")).body == R"({"status":"alive"})");
  gateway.readiness = {true, {}, {"the disk is nearly full"}};
  const auto good = ask(test::get("/readyz"));
  BOOST_TEST(good.status == 200);
  BOOST_TEST(good.body ==
             R"({"status":"ready","reasons":[],"warnings":["the disk is nearly full"]})");
  gateway.readiness = {false, {"the database is away"}, {}};
  const auto bad = ask(test::get("/readyz"));
  BOOST_TEST(bad.status == 503);
  BOOST_TEST(bad.body ==
             R"({"status":"not_ready","reasons":["the database is away"],"warnings":[]})");
}

BOOST_AUTO_TEST_CASE(warn_a_prober_of_keys_that_nobody_has_or_everybody_hears) {
  settings.keys_required = true;
  gateway.readiness = {true, {}, {}};
  BOOST_TEST(ask(test::get("/readyz")).body == R"({"status":"ready","reasons":[],"warnings":[]})");
  gateway.readiness.has_keys = false;
  const auto nobody = ask(test::get("/readyz"));
  BOOST_TEST(nobody.status == 200);
  BOOST_TEST(nobody.body.find("no API key can be used") != std::string::npos);
  BOOST_TEST(nobody.body.find("TLS") == std::string::npos);
  server.reset();
  // On every address, so beyond this machine too.
  settings.listen = "0.0.0.0:0";
  gateway.readiness.has_keys = true;
  start();
  address.replace(0, address.find(':'), "127.0.0.1");
  const auto heard = ask(test::get("/readyz"));
  BOOST_TEST(heard.status == 200);
  BOOST_TEST(heard.body.find("API keys come over the network without TLS") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(do_not_ask_for_keys_that_are_not_required) {
  gateway.readiness = {true, {}, {}};
  gateway.readiness.has_keys = false;
  BOOST_TEST(ask(test::get("/readyz")).body == R"({"status":"ready","reasons":[],"warnings":[]})");
}

BOOST_AUTO_TEST_CASE(inspect_all_actors_and_http_itself) {
  gateway.on_inspect = [](auto section, auto done) {
    boost::json::object document;
    const std::string name = section.empty() ? std::string("build") : section;
    document[name] = boost::json::object{{"x", 1}};
    done(document);
  };
  start();
  ask("GET /livez HTTP/1.1\r\n\r\n");
  ask(test::get("/nothing"));
  const auto whole = boost::json::parse(ask(test::get("/admin/inspect")).body);
  BOOST_TEST(whole.at("build").at("x").as_int64() == 1);
  const auto& own = whole.at("http");
  BOOST_TEST(own.at("in_flight").as_int64() == 1);
  BOOST_TEST(own.at("connections_accepted").as_int64() == 3);
  BOOST_TEST(own.at("refused").at("malformed").as_int64() == 1);
  BOOST_TEST(own.at("responses").at("4xx").as_int64() == 2);
  BOOST_TEST(ask(test::get("/admin/inspect?section=senders")).body == R"({"senders":{"x":1}})");
  BOOST_TEST(ask(test::get("/admin/inspect?section=http")).body.starts_with(R"({"http":{)"));
  BOOST_TEST(ask(test::get("/admin/inspect?sections=http")).code() == "unknown_query_parameter");
  gateway.on_inspect = [](auto, auto done) {
    done(actors::service_error{actors::service_errc::not_found, "no such section", {}});
  };
  BOOST_TEST(ask(test::get("/admin/inspect?section=nothing")).status == 404);
}

BOOST_AUTO_TEST_CASE(list_transactions_by_pages) {
  std::vector<actors::transaction_query> asked;
  gateway.on_list_transactions = [&](auto query, auto done) {
    asked.push_back(query);
    done(actors::transaction_listing{{failed_transaction()}, asked.size() == 1 ? 123 : 0});
  };
  const auto first = ask(test::get("/v1/users/7/transactions"));
  BOOST_TEST(first.body == R"({"data":[)" + std::string(failed_json) +
                               R"(],"has_more":true,"next_cursor":"a000000000000007b"})");
  const auto second = ask(test::get(
      "/v1/transactions?cursor=a000000000000007b&limit=500&status=failed&provider=a&provider_type=b"
      "&recipient=%2B15551234567&error_code=unavailable&archived=false"
      "&created_after=2026-11-23T05:06:07.089Z&created_before=2026-11-23T05:06:08.089Z"));
  BOOST_TEST(second.body.ends_with(R"(],"has_more":false,"next_cursor":null})"));
  BOOST_REQUIRE_EQUAL(asked.size(), 2U);
  BOOST_TEST((asked[0].user == 7));
  BOOST_TEST(asked[0].limit == 50);
  BOOST_TEST(asked[0].before == 0);
  const auto& query = asked[1];
  BOOST_TEST(!query.user.has_value());
  BOOST_TEST(query.before == 123);
  BOOST_TEST(query.limit == 500);
  BOOST_TEST((query.status == persistence::transaction_status::failed));
  BOOST_TEST((query.error == persistence::error_code::unavailable));
  BOOST_TEST(query.provider == "a");
  BOOST_TEST(query.provider_type == "b");
  BOOST_TEST(query.recipient == "+15551234567");
  BOOST_TEST((query.archived == false));
  BOOST_TEST((query.created_after == morning));
  BOOST_TEST((query.created_before == morning + 1s));
}

BOOST_AUTO_TEST_CASE(refuse_filters_that_cannot_be) {
  for (const char* wrong :
       {"status=gone", "limit=0", "limit=501", "limit=5x", "archived=1", "error_code=none",
        "created_after=yesterday", "cursor=b000000000000007b", "cursor=a0000000000000000",
        "cursor=a-00000000000007b", "cursor=a", "cursor=affffffffffffffff"}) {
    const auto answer = ask(test::get("/v1/transactions?" + std::string(wrong)));
    BOOST_TEST(answer.status == 400, wrong);
    BOOST_TEST(answer.code() == "bad_query_parameter", wrong);
  }
  BOOST_TEST(ask(test::get("/v1/transactions?state=failed")).code() == "unknown_query_parameter");
  const auto said = [&](const char* target) { return ask(test::get(target)).body; };
  BOOST_TEST(said("/v1/transactions?user=7").find("ask for /v1/users/{user_id}/transactions") !=
             std::string::npos);
  BOOST_TEST(said("/v1/transactions?qqqqqqqqqqqq=7").find("; known are status, provider, ") !=
             std::string::npos);
  BOOST_TEST(ask(test::get("/v1/users/x/transactions")).status == 404);
}

BOOST_AUTO_TEST_CASE(explain_a_route_and_a_transaction) {
  const actors::route_explanation one{
      "+15551234567",
      {{"alpha", "signal", 1, "+15551234567", "priority 1"}, {"mail", "email", {}, "", "no"}},
      {{0ms, "alpha"}, {1500ms, "alpha"}}};
  gateway.on_explain_route = [&](auto request, auto done) {
    BOOST_TEST(request.user == 1);
    done(std::vector{one});
  };
  gateway.on_explain_transaction = [&](auto id, auto done) {
    if (id == 123) return done(one);
    done(actors::service_error{actors::service_errc::not_found, "there is no transaction", {}, {}});
  };
  const std::string expected =
      R"({"recipients":[{"recipient":"+15551234567","candidates":[)"
      R"({"provider":"alpha","provider_type":"signal","rank":1,"address":"+15551234567",)"
      R"("reason":"priority 1"},)"
      R"({"provider":"mail","provider_type":"email","rank":null,"address":null,"reason":"no"}],)"
      R"("plan":[{"after":0,"provider":"alpha"},{"after":1.5,"provider":"alpha"}]}]})";
  BOOST_TEST(ask(test::post("/v1/routes/explain", R"({"message":"x","user_id":1})")).body ==
             expected);
  BOOST_TEST(ask(test::get("/v1/transactions/123/explain")).body == expected);
  BOOST_TEST(ask(test::get("/v1/transactions/124/explain")).status == 404);
  BOOST_TEST(ask(test::post("/v1/routes/explain", R"({"message":"x"})")).status == 422);
}

BOOST_AUTO_TEST_SUITE_END()
