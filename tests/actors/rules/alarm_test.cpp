#include "actors/rules/alarm.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr steady_point start{1h};

BOOST_AUTO_TEST_SUITE(alarms)

BOOST_AUTO_TEST_CASE(the_earliest_timer_rings_and_a_replaced_one_does_not) {
  alarm one;
  BOOST_TEST(one.set(start + 5s));
  BOOST_TEST(!one.set(start + 5s));
  BOOST_TEST(!one.set(start + 6s));
  BOOST_TEST(one.set(start + 2s));
  BOOST_TEST(one.rings(start + 2s));
  // The timer of five seconds is not known any more: it rings for nothing but does no harm.
  BOOST_TEST(one.set(start + 4s));
  BOOST_TEST(!one.rings(start + 3s));
  BOOST_TEST(one.rings(start + 4s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
