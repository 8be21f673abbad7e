#include "actors/rules/commit_pace.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using std::chrono::microseconds;

void add(commit_pace& pace, int count, microseconds each) {
  for (int i = 0; i < count; ++i)
    pace.add(each, 0);
}

BOOST_AUTO_TEST_SUITE(commit_paces)

BOOST_AUTO_TEST_CASE(a_quick_database_is_the_usual_one) {
  commit_pace pace;
  BOOST_TEST(pace.factor() == 1u);
  add(pace, 100, microseconds(200));
  BOOST_TEST(pace.factor() == 1u);
}

BOOST_AUTO_TEST_CASE(the_changes_of_a_commit_make_it_no_slower) {
  commit_pace pace;
  for (int i = 0; i < commit_pace::remembered; ++i)
    pace.add(commit_pace::usual * 4 + commit_pace::each_change * 500, 500);
  BOOST_TEST(pace.factor() == 4u);
  for (int i = 0; i < commit_pace::remembered; ++i)
    pace.add(commit_pace::usual * 4, 500);
  BOOST_TEST(pace.factor() == 1u);
}

BOOST_AUTO_TEST_CASE(a_far_database_is_as_many_times_slower) {
  commit_pace pace;
  add(pace, commit_pace::remembered, commit_pace::usual * 20);
  BOOST_TEST(pace.factor() == 20u);
}

BOOST_AUTO_TEST_CASE(the_quickest_of_the_last_commits_counts) {
  commit_pace pace;
  add(pace, commit_pace::remembered, commit_pace::usual * 20);
  add(pace, 1, commit_pace::usual * 3);
  add(pace, 10, commit_pace::usual * 50);
  BOOST_TEST(pace.factor() == 3u);
}

BOOST_AUTO_TEST_CASE(a_database_that_became_slow_is_noticed) {
  commit_pace pace;
  add(pace, 3 * commit_pace::remembered, microseconds(100));
  add(pace, 2 * commit_pace::remembered, commit_pace::usual * 10);
  BOOST_TEST(pace.factor() == 10u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
