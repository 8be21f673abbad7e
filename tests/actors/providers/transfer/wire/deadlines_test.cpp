#include "actors/providers/transfer/wire/deadlines.hpp"

#include "tests/actors/providers/transfer/wire/loop_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <vector>

namespace postrider::actors::wire {
namespace {

using namespace std::chrono_literals;

struct deadlines_fixture : loop_fixture {
  wire::deadlines deadlines{io.get_executor()};
  clock::time_point began = clock::now();
  std::vector<int> called;

  struct owner final : expiring {
    owner(deadlines_fixture& the_fixture, int the_number)
        : fixture(the_fixture), number(the_number) {}
    void on_deadline() override {
      BOOST_CHECK(clock::now() >= earliest);
      fixture.called.push_back(number);
      if (then) then();
    }
    deadlines_fixture& fixture;
    int number;
    clock::time_point earliest;
    std::function<void()> then;
  };
  void set(owner& who, std::chrono::milliseconds after) {
    who.earliest = began + after;
    deadlines.set(who, began + after);
  }
  owner one{*this, 1}, two{*this, 2}, three{*this, 3};
};

BOOST_FIXTURE_TEST_SUITE(deadline_lists, deadlines_fixture)

BOOST_AUTO_TEST_CASE(owners_are_called_in_the_order_of_their_deadlines_and_once) {
  set(one, 60ms);
  set(two, 20ms);
  set(three, 40ms);
  run();
  BOOST_TEST(called == (std::vector{2, 3, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_deadline_may_be_moved_and_cleared) {
  set(one, 10ms);
  set(two, 20ms);
  set(three, 30ms);
  set(one, 50ms);
  deadlines.clear(two);
  deadlines.clear(two);
  run();
  BOOST_TEST(called == (std::vector{3, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_call_may_clear_another_that_is_due_and_set_its_own_again) {
  one.then = [&] {
    deadlines.clear(two);
    one.then = nullptr;
    set(one, 40ms);
  };
  set(one, 10ms);
  set(two, 11ms);
  while (clock::now() < began + 12ms) {
  }
  run();
  BOOST_TEST(called == (std::vector{1, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_is_called_after_the_end) {
  set(one, 10ms);
  deadlines.stop();
  set(two, 5ms);
  run();
  BOOST_TEST(called.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors::wire
