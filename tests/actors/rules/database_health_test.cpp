#include "actors/rules/database_health.hpp"

#include "actors/rules/commit_permit.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using namespace postrider::actors;

namespace {

const database_health::time_point start{1h};

}  // namespace

BOOST_AUTO_TEST_SUITE(database_health_of_writers)

BOOST_AUTO_TEST_CASE(before_any_writer_reached_it_the_database_is_unreachable) {
  database_health health;
  BOOST_TEST((health.state() == database_state::unreachable));
  BOOST_TEST(!health.usable(1));
  BOOST_TEST(!health.report_usable(1, start));
  BOOST_TEST((health.state() == database_state::usable));
  BOOST_TEST(health.usable(1));
}

BOOST_AUTO_TEST_CASE(it_is_usable_as_long_as_one_writer_can_commit) {
  database_health health;
  health.report_usable(1, start);
  health.report_usable(2, start);
  BOOST_TEST(health.report_trouble(1, database_state::locked, start + 1s));
  BOOST_TEST((health.state() == database_state::usable));
  BOOST_TEST(!health.usable(1));
  BOOST_TEST(health.usable(2));
  BOOST_TEST((health.troubled() == std::pair<std::size_t, std::size_t>(1, 2)));
  // The same trouble again: nothing new to say.
  BOOST_TEST(!health.report_trouble(1, database_state::locked, start + 2s));
  BOOST_TEST(!health.report_trouble(2, database_state::locked, start + 3s));
  BOOST_TEST((health.state() == database_state::locked));
  BOOST_TEST(health.report_trouble(2, database_state::unreachable, start + 4s));
  BOOST_TEST(!health.report_usable(2, start + 5s));
  const auto ended = health.report_usable(1, start + 6s);
  BOOST_REQUIRE(ended);
  BOOST_TEST(ended->lasted.count() == 5'000);
  BOOST_TEST(ended->failures == 4);
  BOOST_TEST(!health.report_usable(1, start + 7s));
}

BOOST_AUTO_TEST_CASE(a_writer_that_has_ended_is_no_trouble_any_more) {
  database_health health;
  health.report_usable(1, start);
  health.report_trouble(2, database_state::locked, start);
  health.forget(2);
  BOOST_TEST((health.troubled() == std::pair<std::size_t, std::size_t>(0, 1)));
  BOOST_TEST(health.report_trouble(1, database_state::locked, start + 10s));
  const auto ended = health.report_usable(1, start + 11s);
  BOOST_REQUIRE(ended);
  BOOST_TEST(ended->lasted.count() == 1'000);
  BOOST_TEST(ended->failures == 1);
}

BOOST_AUTO_TEST_CASE(a_permit_is_taken_or_withdrawn_never_both) {
  commit_permit taken, withdrawn, put_back;
  BOOST_TEST(taken.take());
  BOOST_TEST(taken.take());
  BOOST_TEST(!taken.withdraw());
  BOOST_TEST(!taken.withdrawn());
  BOOST_TEST(withdrawn.withdraw());
  BOOST_TEST(!withdrawn.take());
  BOOST_TEST(withdrawn.withdrawn());
  BOOST_TEST(put_back.take());
  put_back.put_back();
  BOOST_TEST(put_back.withdraw());
}

BOOST_AUTO_TEST_SUITE_END()
