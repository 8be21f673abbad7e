#include "http/metrics_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace postrider::http;

namespace {

std::string text_of(std::string_view document) {
  return metrics_text(boost::json::parse(document).as_object());
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_text_of_an_inspection)

BOOST_AUTO_TEST_CASE(has_a_family_for_each_number_with_its_unit) {
  const auto text = text_of(R"({"build": {"version": "1.2", "compiler": "x", "uptime_ms": 1500},
                                "intake": {"accepted": 7}})");
  BOOST_TEST(has_line(text, R"(postrider_build_info{version="1.2",compiler="x"} 1)"), text);
  BOOST_TEST(has_line(text, "postrider_uptime_seconds 1.5"), text);
  BOOST_TEST(has_line(text, "# TYPE postrider_messages_accepted_total counter"));
  BOOST_TEST(has_line(text, "postrider_messages_accepted_total 7"));
}

BOOST_AUTO_TEST_CASE(counts_what_no_provider_took) {
  const auto text = text_of(R"({"scheduler": {"out_of_patience": 3, "waiting_again": 40}})");
  BOOST_TEST(has_line(text, "# TYPE postrider_transactions_given_up_total counter"), text);
  BOOST_TEST(has_line(text, "postrider_transactions_given_up_total 3"));
  BOOST_TEST(has_line(text, "postrider_transactions_waiting_again_total 40"));
}

BOOST_AUTO_TEST_CASE(labels_a_list_by_its_objects_and_an_object_by_its_members) {
  const auto text = text_of(
      R"({"senders": [{"provider": "a", "type": "sms", "outcomes": {"accepted": 2, "unknown": 0}},
                      {"provider": "b", "type": "sms", "outcomes": {"accepted": 5}}]})");
  BOOST_TEST(
      has_line(
          text,
          R"(postrider_attempts_total{provider="a",provider_type="sms",outcome="accepted"} 2)"),
      text);
  BOOST_TEST(has_line(
      text, R"(postrider_attempts_total{provider="a",provider_type="sms",outcome="unknown"} 0)"));
  BOOST_TEST(has_line(
      text, R"(postrider_attempts_total{provider="b",provider_type="sms",outcome="accepted"} 5)"));
}

BOOST_AUTO_TEST_CASE(makes_buckets_cumulative_up_to_infinity) {
  const auto text = text_of(R"({"ledger": [{"writer": 0, "commit_seconds":
      {"upper_ends": [0.5, 1.0], "counts": [3, 0, 2], "sum": 9.25}}]})");
  const std::string name = "postrider_ledger_commit_duration_seconds";
  BOOST_TEST(has_line(text, name + R"(_bucket{writer="0",le="0.5"} 3)"), text);
  BOOST_TEST(has_line(text, name + R"(_bucket{writer="0",le="1"} 3)"));
  BOOST_TEST(has_line(text, name + R"(_bucket{writer="0",le="+Inf"} 5)"));
  BOOST_TEST(has_line(text, name + R"(_count{writer="0"} 5)"));
  BOOST_TEST(has_line(text, name + R"(_sum{writer="0"} 9.25)"));
}

BOOST_AUTO_TEST_CASE(shows_every_state_that_a_circuit_can_have) {
  const auto text =
      text_of(R"({"senders": [{"provider": "a", "type": "sms", "circuit": {"state": "open"}}]})");
  for (const auto* line : {R"(state="closed"} 0)", R"(state="open"} 1)", R"(state="half_open"} 0)"})
    BOOST_TEST(text.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(escapes_what_a_configuration_can_name) {
  const auto text =
      text_of(R"({"senders": [{"provider": "a\"b\\c\nd", "type": "sms", "calls": 1}]})");
  BOOST_TEST(
      has_line(text, R"(postrider_calls_in_flight{provider="a\"b\\c\nd",provider_type="sms"} 1)"),
      text);
}

BOOST_AUTO_TEST_CASE(leaves_out_what_is_not_there) {
  BOOST_TEST(text_of("{}").empty());
  const auto text = text_of(R"({"ledger": [{"error": "no answer within half a second"}],
                                "database": {"error": "away"},
                                "senders": [{"oldest_ms": {"pending": null, "processing": 20}}]})");
  BOOST_TEST(text.find("postrider_ledger") == std::string::npos);
  BOOST_TEST(has_line(text, R"(postrider_queue_oldest_age_seconds{state="processing"} 0.02)"));
  BOOST_TEST(text.find("pending") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
