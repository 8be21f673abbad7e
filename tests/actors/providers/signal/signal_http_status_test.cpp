#include "tests/actors/providers/signal_reply_fixture.hpp"

#include <boost/test/unit_test.hpp>

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
  const struct {
    int status;
    std::string_view outcome;
    bool recipient_only = false;
  } rows[]{{201, "unknown"},
           {202, "unknown"},
           {204, "unknown"},
           {301, "unavailable"},
           {302, "unavailable"},
           {303, "unknown"},
           {400, "unavailable", true},
           {401, "unavailable", true},
           {403, "unavailable", true},
           {408, "unavailable", true},
           {429, "throttled"},
           {500, "unknown"},
           {502, "unknown"},
           {503, "unknown"},
           {504, "unknown"},
           {0, "unknown"},
           {999, "unknown"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("HTTP " << row.status) {
      // The body does not matter.
      for (const auto& body : {std::string(), result_with(entry("SUCCESS"))}) {
        BOOST_TEST(to_string(of_http(row.status, body).kind) == row.outcome);
        BOOST_TEST(of_http(row.status, body).recipient_only == row.recipient_only);
      }
    }
  }
}

/// RFC 9112, 8: the status stands once the head is whole. Only 200 needs its body.
BOOST_AUTO_TEST_CASE(a_status_stands_when_its_body_stalls) {
  const struct {
    int status;
    std::string_view outcome;
  } rows[]{{200, "unknown"},     {303, "unknown"},   {302, "unavailable"}, {404, "unavailable"},
           {415, "unavailable"}, {429, "throttled"}, {500, "unknown"},     {503, "unknown"}};
  for (auto error :
       {transfer_error::timeout, transfer_error::disconnected, transfer_error::reply_too_long}) {
    for (const auto& row : rows) {
      transfer_result result;
      result.error = error;
      result.stage = transfer_stage::reply_head_complete;
      result.status = row.status;
      const auto out = signal->classify({"+14155552671", &message, "7f3c"}, result);
      BOOST_TEST(to_string(out.kind) == row.outcome, row.status);
      // A head that is cut off may lack what its status depends on.
      result.stage = transfer_stage::reply_started;
      BOOST_TEST(to_string(signal->classify({"+14155552671", &message, "7f3c"}, result).kind) ==
                 "unknown");
    }
  }
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
