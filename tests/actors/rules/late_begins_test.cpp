#include "actors/rules/late_begins.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

void add(late_begins& late, int batches, std::size_t begins, std::size_t outcomes) {
  for (int i = 0; i < batches; ++i)
    late.add(begins, outcomes);
}

BOOST_AUTO_TEST_SUITE(deliveries_that_wait)

BOOST_AUTO_TEST_CASE(none_wait_before_the_first_batch) { BOOST_TEST(!late_begins{}.wait()); }

BOOST_AUTO_TEST_CASE(they_wait_where_nearly_each_outcome_has_its_begin) {
  struct row {
    std::size_t begins, outcomes;
    bool wait;
  };
  for (const auto& [begins, outcomes, wait] :
       {row{0, 10, false}, row{1, 2, false}, row{8, 10, false}, row{10, 10, true},
        row{95, 100, true}, row{10, 0, true}}) {
    late_begins late;
    add(late, 30, begins, outcomes);
    BOOST_TEST(late.wait() == wait, begins << " begins, " << outcomes << " outcomes");
  }
}

BOOST_AUTO_TEST_CASE(one_batch_of_begins_says_nothing_among_others) {
  late_begins late;
  add(late, 30, 0, 20);
  add(late, 1, 40, 20);
  BOOST_TEST(!late.wait());
}

BOOST_AUTO_TEST_CASE(what_waited_is_forgotten) {
  late_begins late;
  add(late, 100, 50, 50);
  BOOST_TEST(late.wait());
  add(late, 10, 10, 50);
  BOOST_TEST(!late.wait());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
