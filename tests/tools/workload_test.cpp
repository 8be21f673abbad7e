#include "tools/bench/workload.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::bench {
namespace {

constexpr std::int64_t ms = 1'000'000;

options open_at(double rate) {
  options o;
  o.mode = load_mode::open;
  o.rate = rate;
  o.duration_s = 1;
  return o;
}

BOOST_AUTO_TEST_SUITE(workload_test)

BOOST_AUTO_TEST_CASE(open_messages_keep_their_intended_start_however_late_they_are_taken) {
  workload work(open_at(1000), 0);
  BOOST_TEST(work.take(0)->start_ns == 0);
  BOOST_TEST(!work.take(ms - 1));
  BOOST_TEST(work.next_due_ns() == ms);
  // A stall of ten milliseconds: what was due in it is given out at once, each with its own time.
  for (int i = 1; i <= 10; ++i)
    BOOST_TEST(work.take(10 * ms)->start_ns == i * ms);
  BOOST_TEST(!work.take(10 * ms));
}

BOOST_AUTO_TEST_CASE(closed_messages_start_when_a_connection_is_free) {
  options o;
  o.connections = 2;
  workload work(o, 0);
  BOOST_TEST(work.take(5)->start_ns == 5);
  BOOST_TEST(work.take(6)->seq == 1U);
  BOOST_TEST(!work.take(7));
  BOOST_TEST((work.next_due_ns() == workload::never));
  work.finish();
  BOOST_TEST(work.take(8)->seq == 2U);
}

BOOST_AUTO_TEST_CASE(a_refused_message_comes_again_when_its_time_has_come_and_holds_its_place) {
  options o;
  o.connections = 1;
  workload work(o, 0);
  const job first = *work.take(1);
  work.retry(first, 1000 * ms);
  BOOST_TEST(!work.take(999 * ms));
  BOOST_TEST(work.next_due_ns() == 1000 * ms);
  const job again = *work.take(1000 * ms);
  BOOST_TEST(again.seq == 0U);
  BOOST_TEST(again.start_ns == 1);
}

BOOST_AUTO_TEST_CASE(a_message_that_was_not_sent_comes_again_at_once) {
  workload work(open_at(1000), 0);
  work.give_back(*work.take(0));
  BOOST_TEST(work.take(1)->seq == 0U);
}

BOOST_AUTO_TEST_CASE(is_over_after_its_count_or_its_time) {
  options o;
  o.count = 1;
  o.duration_s = 1;
  workload counted(o, 0);
  BOOST_TEST(!counted.is_over(0));
  const job only = *counted.take(0);
  BOOST_TEST(counted.is_over(0));
  counted.retry(only, 5);
  BOOST_TEST(!counted.is_over(0));
  workload timed(open_at(10), 0);
  BOOST_TEST(!timed.is_over(999 * ms));
  BOOST_TEST(timed.is_over(1000 * ms));
  BOOST_TEST(!timed.take(1000 * ms));
}

BOOST_AUTO_TEST_CASE(what_waits_at_the_end_is_told) {
  workload work(open_at(1000), 0);
  work.retry(*work.take(0), 5000 * ms);
  work.stop();
  BOOST_TEST(work.is_over(1));
  BOOST_TEST(work.take_waiting().size() == 1U);
  BOOST_TEST(work.take_waiting().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::bench
