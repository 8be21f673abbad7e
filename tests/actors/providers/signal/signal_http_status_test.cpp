#include "tests/actors/providers/foreign_replies.hpp"
#include "tests/actors/providers/signal_reply_fixture.hpp"

/// Witness: AsamK/signal-cli v0.14.6, src/main/java/org/asamk/signal/http/HttpServerHandler.java.
namespace postrider::actors {
namespace {

BOOST_FIXTURE_TEST_SUITE(signal_http_statuses, reply_fixture)

BOOST_AUTO_TEST_CASE(the_daemons_http_server_refuses_without_a_body) {
  for (int status : {404, 405, 415, 421}) {
    // A proxy may say the same, so it holds nothing; many in a row open the circuit.
    BOOST_TEST(to_string(of_http(status, "").kind) == "unavailable", status);
    BOOST_TEST(!of_http(status, "").recipient_only);
    // A proxy's page.
    const auto page = of_http(status, "<html>not here");
    BOOST_TEST(to_string(page.kind) == "unavailable", status);
    BOOST_TEST(page.recipient_only);
  }
}

BOOST_AUTO_TEST_CASE(each_other_http_status_has_its_outcome) {
  const status_row own[]{{201, "unknown"},     {202, "unknown"}, {204, "unknown"},
                         {301, "unavailable"}, {303, "unknown"}, {401, "unavailable", true}};
  // The body does not matter.
  for (const auto& body : {std::string(), result_with(entry("SUCCESS"))}) {
    const auto judge = [&](int status) { return of_http(status, body); };
    check_statuses(foreign_statuses, judge);
    check_statuses(own, judge);
  }
}

/// Only 200 needs its body.
BOOST_AUTO_TEST_CASE(a_status_stands_when_its_body_stalls) {
  const status_row rows[]{{200, "unknown"},     {303, "unknown"},     {302, "unavailable"},
                          {404, "unavailable"}, {415, "unavailable"}, {429, "throttled"},
                          {500, "unknown"},     {503, "unknown"}};
  check_cut_off_replies(*signal, rows);
}

BOOST_AUTO_TEST_CASE(an_exchange_that_broke_off_is_judged_by_how_far_it_got) {
  const struct {
    transfer_stage stage;
    std::string_view outcome;
  } rows[]{{transfer_stage::not_started, "unavailable"},
           {transfer_stage::resolving, "unavailable"},
           {transfer_stage::connecting, "unavailable"},
           {transfer_stage::tls_handshake, "unavailable"},
           {transfer_stage::logging_in, "unavailable"},
           {transfer_stage::request_partly_written, "unavailable"},
           {transfer_stage::request_written, "unknown"},
           {transfer_stage::reply_started, "unknown"},
           {transfer_stage::reply_complete, "unknown"}};
  for (auto error :
       {transfer_error::resolve, transfer_error::connect, transfer_error::tls,
        transfer_error::timeout, transfer_error::disconnected, transfer_error::reply_too_long,
        transfer_error::shutdown, transfer_error::other}) {
    for (const auto& row : rows) {
      BOOST_TEST_CONTEXT("error " << static_cast<int>(error) << " " << to_string(row.stage)) {
        transfer_result result;
        result.error = error;
        result.stage = row.stage;
        result.status = 200;
        // The part of the reply that came does not count.
        result.body = result_with(entry("SUCCESS"));
        BOOST_TEST(to_string(signal->classify({"+14155552671", &message, "7f3c"}, result).kind) ==
                   row.outcome);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
