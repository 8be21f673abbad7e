#include "actors/providers/foreign_reply.hpp"

#include "tests/actors/providers/foreign_replies.hpp"

/// Witness: RFC 9110, 15.4 (3xx), 15.5 (4xx), 15.6.4 (503); RFC 6585, 4 (429).
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

outcome of(int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
  return classify_foreign_reply({}, replied(status, "", std::move(headers)), "what it said");
}

BOOST_AUTO_TEST_SUITE(foreign_replies)

BOOST_AUTO_TEST_CASE(each_status_has_its_outcome) {
  const status_row rows[]{{200, "unknown"},           {204, "unknown"},
                          {300, "unavailable"},       {303, "unknown"},
                          {304, "unavailable"},       {399, "unavailable"},
                          {401, "unavailable", true}, {404, "unavailable", true},
                          {499, "unavailable", true}, {599, "unknown"}};
  const auto judge = [](int status) {
    auto out = of(status);
    BOOST_TEST(out.detail == "what it said", status);
    BOOST_CHECK(out.retry_after == std::nullopt);
    return out;
  };
  check_statuses(foreign_statuses, judge);
  check_statuses(rows, judge);
}

BOOST_AUTO_TEST_CASE(who_names_a_time_did_not_take_it) {
  for (int status : {429, 503}) {
    const auto out = of(status, {{"retry-after", "9"}});
    BOOST_TEST(to_string(out.kind) == "throttled");
    BOOST_CHECK(out.retry_after == 9s);
    BOOST_TEST(!out.recipient_only);
  }
  for (int status : {502, 504})
    BOOST_TEST(to_string(of(status, {{"retry-after", "9"}}).kind) == "unknown");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
