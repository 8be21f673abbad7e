#include "actors/rules/start_permits.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(permits)

BOOST_AUTO_TEST_CASE(as_many_are_taken_as_were_offered) {
  start_permits permits;
  BOOST_TEST(!permits.take());
  permits.offer(2);
  BOOST_TEST(permits.out() == 2);
  BOOST_TEST(permits.take());
  BOOST_TEST(permits.take());
  BOOST_TEST(!permits.take());
  BOOST_TEST(permits.out() == 2);
}

BOOST_AUTO_TEST_CASE(a_permit_counts_until_its_message_comes) {
  start_permits permits;
  permits.offer(2);
  permits.take();
  permits.on_message();
  BOOST_TEST(permits.out() == 1);
  BOOST_TEST(permits.take());
  BOOST_TEST(!permits.take());
}

BOOST_AUTO_TEST_CASE(those_that_are_free_are_taken_back) {
  start_permits permits;
  permits.offer(5);
  permits.take();
  permits.offer(0);
  BOOST_TEST(permits.out() == 1);
  BOOST_TEST(!permits.take());
  // Its message was not stored.
  permits.give_back();
  permits.offer(0);
  BOOST_TEST(permits.out() == 0);
  BOOST_TEST(!permits.take());
}

BOOST_AUTO_TEST_CASE(a_smaller_offer_leaves_so_many) {
  start_permits permits;
  permits.offer(5);
  permits.take();
  permits.offer(3);
  BOOST_TEST(permits.out() == 3);
  BOOST_TEST(permits.take());
  BOOST_TEST(permits.take());
  BOOST_TEST(!permits.take());
}

BOOST_AUTO_TEST_CASE(an_offer_again_adds_nothing) {
  start_permits permits;
  permits.offer(1);
  permits.take();
  permits.offer(1);
  BOOST_TEST(!permits.take());
}

BOOST_AUTO_TEST_CASE(a_message_of_an_unknown_permit_makes_no_room) {
  start_permits permits;
  permits.on_message();
  BOOST_TEST(permits.out() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
