#include "server_fixture.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

using namespace postrider;

namespace {

actors::transaction_info transaction(std::int64_t id, persistence::transaction_status status,
                                     persistence::error_code error) {
  actors::transaction_info info;
  info.transaction.id = id;
  info.transaction.message = test::some_message_id();
  info.transaction.status = status;
  info.transaction.error = error;
  return info;
}

const auto cancelled =
    transaction(1, persistence::transaction_status::failed, persistence::error_code::cancelled);
const auto sending =
    transaction(2, persistence::transaction_status::processing, persistence::error_code::none);
const auto unknown = transaction(3, persistence::transaction_status::failed,
                                 persistence::error_code::outcome_unknown);

constexpr const char* path = "/v1/messages/01938a5c-1f2e-7abc-8def-0123456789ab/cancel";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(by_hand, test::server_fixture)

BOOST_AUTO_TEST_CASE(cancel_a_message) {
  gateway.on_cancel = [](auto request, auto done) {
    done(actors::cancel_report{request.message, 1, {cancelled}});
  };
  start();
  const auto answer = ask(test::post(path, ""));
  BOOST_TEST(answer.status == 200);
  const auto document = boost::json::parse(answer.body);
  BOOST_TEST(document.at("message_id").as_string() == "01938a5c-1f2e-7abc-8def-0123456789ab");
  BOOST_REQUIRE(document.at("transactions").as_array().size() == 1U);
  const auto& row = document.at("transactions").at(0);
  BOOST_TEST(row.at("status").as_string() == "failed");
  BOOST_TEST(row.at("error_code").as_string() == "cancelled");
}

BOOST_AUTO_TEST_CASE(say_what_was_too_late_to_cancel) {
  gateway.on_cancel = [](auto request, auto done) {
    done(actors::cancel_report{request.message, 1, {cancelled, sending, unknown}});
  };
  start();
  const auto answer = ask(test::post(path, ""));
  BOOST_TEST(answer.status == 409);
  BOOST_TEST(answer.code() == "conflict");
  const auto document = boost::json::parse(answer.body);
  BOOST_REQUIRE(document.at("transactions").as_array().size() == 2U);
  BOOST_TEST(document.at("transactions").at(0).at("status").as_string() == "processing");
  BOOST_TEST(document.at("transactions").at(1).at("error_code").as_string() == "outcome_unknown");
  BOOST_TEST(std::string(document.at("detail").as_string()).starts_with("2 of 3 transactions"));
}

BOOST_AUTO_TEST_CASE(cancel_nothing_that_is_not_there) {
  gateway.on_cancel = [](auto, auto done) {
    done(actors::service_error{actors::service_errc::not_found, "there is no message", {}});
  };
  start();
  BOOST_TEST(ask(test::post(path, "")).status == 404);
  BOOST_TEST(ask(test::post("/v1/messages/7/cancel", "")).status == 404);
  BOOST_TEST(ask(test::get(path)).status == 405);
}

BOOST_AUTO_TEST_CASE(take_no_body_where_none_means_anything) {
  gateway.on_cancel = [](auto request, auto done) {
    done(actors::cancel_report{request.message, 1, {cancelled}});
  };
  gateway.on_revoke_key = [](auto, auto done) { done(persistence::api_key{}); };
  gateway.on_find_transaction = [](auto, auto done) { done(cancelled); };
  start();
  const auto of = [&](std::string_view method, std::string_view target, std::string_view body) {
    return ask(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}",
                           method, target, body.size(), body));
  };
  for (const auto& [method, target] :
       {std::pair("POST", path), std::pair("DELETE", "/v1/keys/7"),
        std::pair("POST", "/admin/drain"), std::pair("POST", "/admin/resume")})
    BOOST_TEST_CONTEXT(target) {
      BOOST_TEST(of(method, target, "").status == 200);
      BOOST_TEST(of(method, target, " {}\n").status == 200);
      const auto refused = of(method, target, R"({"reason":"late","recipients":[]})");
      BOOST_TEST(refused.status == 422);
      for (const char* pointer : {"/reason", "/recipients"})
        BOOST_TEST(refused.body.find(fmt::format(R"("pointer":"{}")", pointer)) !=
                   std::string::npos);
      BOOST_TEST(of(method, target, "[]").status == 422);
      BOOST_TEST(of(method, target, "reason=late").code() == "invalid_json");
    }
  // In a GET it has no meaning.
  BOOST_TEST(of("GET", "/v1/transactions/1", R"({"x":1})").status == 200);
}

BOOST_AUTO_TEST_CASE(retry_what_failed) {
  gateway.on_retry = [](auto, auto done) {
    done(actors::retry_report{3, 2, {{7, "in flight"}}, {}});
  };
  const std::string expected =
      R"({"selected":3,"retried":2,"skipped":[{"id":7,"reason":"in flight"}],)"
      R"("has_more":false,"next_cursor":null})";
  BOOST_TEST(ask(test::post("/v1/retry", "{}")).body == expected);
  BOOST_TEST(ask(test::post("/v1/retry", "")).body == expected);
  BOOST_TEST(ask("POST /v1/retry HTTP/1.1\r\nHost: localhost\r\n\r\n").body == expected);
  BOOST_TEST(ask(test::post("/v1/retry", "[]")).status == 422);
}

BOOST_AUTO_TEST_CASE(retry_what_the_filters_say) {
  actors::retry_request seen;
  gateway.on_retry = [&](auto request, auto done) {
    seen = std::move(request);
    done(actors::retry_report{0, 0, {}, "2.5.7"});
  };
  start();
  const auto answer = ask(test::post(
      "/v1/retry",
      R"({"message_id":"01938a5c-1f2e-7abc-8def-0123456789ab","user_id":7,"provider":"sms",)"
      R"("error_code":"outcome_unknown","created_after":"2026-11-23T00:00:00Z",)"
      R"("created_before":"2026-11-24T00:00:00Z","include_final":true,"dry_run":true,)"
      R"("cursor":"1.2.3"})"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body.find(R"("has_more":true,"next_cursor":"2.5.7")") != std::string::npos);
  BOOST_TEST((seen.message == test::some_message_id()));
  BOOST_TEST(seen.user.value() == 7);
  BOOST_TEST(seen.provider == "sms");
  BOOST_TEST((seen.error == persistence::error_code::outcome_unknown));
  BOOST_TEST((*seen.created_before - *seen.created_after == std::chrono::hours(24)));
  BOOST_TEST(seen.include_final);
  BOOST_TEST(seen.dry_run);
  BOOST_TEST(seen.cursor == "1.2.3");
  ask(test::post("/v1/retry", R"({"ids":[7,8]})"));
  BOOST_TEST((seen.ids == std::vector<std::int64_t>{7, 8}));
  BOOST_TEST(!seen.include_final);
}

BOOST_AUTO_TEST_CASE(refuse_filters_that_cannot_be) {
  for (const char* body :
       {R"({"ids":[]})", R"({"ids":[0]})", R"({"ids":["7"]})", R"({"message_id":"7"})",
        R"({"error_code":"none"})", R"({"error_code":"tired"})", R"({"user_id":0})",
        R"({"created_after":"yesterday"})", R"({"include_final":1})", R"({"usr_id":1})",
        R"({"ids":[1],"message_id":"01938a5c-1f2e-7abc-8def-0123456789ab"})"})
    BOOST_TEST(ask(test::post("/v1/retry", body)).status == 422, body);
}

BOOST_AUTO_TEST_SUITE_END()
