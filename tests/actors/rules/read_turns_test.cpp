#include "actors/rules/read_turns.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace postrider::actors {
namespace {

/// Takes a turn that is kept, and writes its name down when it begins.
bool take(read_turns& turns, char name, std::string& begun, std::deque<read_turns::turn>& kept) {
  return turns.take([&begun, &kept, name](read_turns::turn turn) {
    begun += name;
    kept.push_back(std::move(turn));
  });
}

BOOST_AUTO_TEST_SUITE(turns_of_reads)

BOOST_AUTO_TEST_CASE(a_few_run_and_the_others_wait_in_their_order) {
  read_turns turns(2, 3);
  std::string begun;
  std::deque<read_turns::turn> kept;
  for (const char name : std::string("abcde"))
    BOOST_TEST(take(turns, name, begun, kept));
  BOOST_TEST(begun == "ab");
  BOOST_TEST(turns.waiting() == 3u);
  kept.pop_front();
  BOOST_TEST(begun == "abc");
  kept.pop_front();
  kept.pop_front();
  BOOST_TEST(begun == "abcde");
  BOOST_TEST(turns.waiting() == 0u);
  kept.clear();
  BOOST_TEST(take(turns, 'f', begun, kept));
  BOOST_TEST(begun == "abcdef");
}

BOOST_AUTO_TEST_CASE(more_than_may_wait_are_refused_and_never_run) {
  read_turns turns(1, 1);
  std::string begun;
  std::deque<read_turns::turn> kept;
  BOOST_TEST(take(turns, 'a', begun, kept));
  BOOST_TEST(take(turns, 'b', begun, kept));
  BOOST_TEST(!take(turns, 'c', begun, kept));
  kept.pop_front();
  kept.pop_front();
  BOOST_TEST(begun == "ab");
}

BOOST_AUTO_TEST_CASE(a_turn_lasts_as_long_as_any_copy) {
  read_turns turns(1, 1);
  std::string begun;
  std::deque<read_turns::turn> kept;
  take(turns, 'a', begun, kept);
  take(turns, 'b', begun, kept);
  auto copy = kept.front();
  kept.pop_front();
  BOOST_TEST(begun == "a");
  copy.reset();
  BOOST_TEST(begun == "ab");
}

BOOST_AUTO_TEST_CASE(reads_that_end_at_once_need_no_stack) {
  constexpr int count = 200'000;
  read_turns turns(1, count);
  read_turns::turn first;
  turns.take([&](read_turns::turn turn) { first = std::move(turn); });
  int ended = 0;
  for (int i = 0; i < count; ++i)
    turns.take([&](const read_turns::turn&) { ++ended; });
  BOOST_TEST(ended == 0);
  first.reset();
  BOOST_TEST(ended == count);
}

BOOST_AUTO_TEST_CASE(many_threads_never_run_more_than_may) {
  constexpr int limit = 3, threads = 4, each = 20'000;
  read_turns turns(limit, threads * each);
  std::atomic<int> running = 0, most = 0, ended = 0;
  {
    std::vector<std::jthread> crowd;
    for (int i = 0; i < threads; ++i)
      crowd.emplace_back([&] {
        for (int k = 0; k < each; ++k)
          turns.take([&](const read_turns::turn&) {
            const int now = ++running;
            int before = most;
            while (before < now && !most.compare_exchange_weak(before, now)) {
            }
            --running;
            ++ended;
          });
      });
  }
  BOOST_TEST(ended == threads * each);
  BOOST_TEST(most <= limit);
  BOOST_TEST(turns.waiting() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
