#include "actors/rules/write_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace postrider::actors {
namespace {

using persistence::priority;

struct part {
  std::size_t transitions = 1;
  std::size_t begins = 0;
  std::optional<priority> accepts;
  int number = 0;
};
using queue = write_queue<part>;

void add(queue& to, int count, std::optional<priority> accepts, std::size_t transitions = 1) {
  for (int i = 0; i < count; ++i)
    to.add({transitions, 0, accepts, i});
}

/// The next batch as letters: o for other writes; h, n, l for accepts.
std::string batch(queue& from, std::size_t limit = 1'000, std::size_t slower = 1) {
  std::string letters;
  from.begin_batch(limit, slower);
  while (const auto next = from.next())
    letters += next->accepts ? " hnl"[static_cast<int>(*next->accepts)] : 'o';
  return letters;
}

std::string of(std::size_t count, char letter) { return std::string(count, letter); }

constexpr auto beside = queue::accepts_beside_others;

BOOST_AUTO_TEST_SUITE(writes_that_wait)

BOOST_AUTO_TEST_CASE(accepts_alone_fill_the_batch) {
  queue waiting;
  add(waiting, 1'500, priority::normal);
  BOOST_TEST(batch(waiting) == of(1'000, 'n'));
  BOOST_TEST(batch(waiting) == of(500, 'n'));
  BOOST_TEST(batch(waiting).empty());
  BOOST_TEST(waiting.empty());
}

BOOST_AUTO_TEST_CASE(few_accepts_go_beside_deliveries) {
  queue waiting;
  add(waiting, 500, priority::normal);
  add(waiting, 2, std::nullopt);
  BOOST_TEST(batch(waiting) == of(2, 'o') + of(beside, 'n'));
  add(waiting, 1, std::nullopt, 4 * beside + 40);
  BOOST_TEST(batch(waiting) == "o" + of(beside + 10, 'n'));
}

BOOST_AUTO_TEST_CASE(fewer_accepts_go_beside_deliveries_that_wait_for_their_begin) {
  struct row {
    std::size_t begins, outcomes, accepts;
  };
  for (const auto& [begins, outcomes, accepts] :
       {row{0, 20, beside}, row{8, 10, beside}, row{10, 10, queue::accepts_behind}, row{40, 40, 20},
        row{100, 100, 50}, row{80, 100, beside + 13}}) {
    queue waiting;
    add(waiting, 5'000, priority::normal);
    for (int i = 0; i < 20; ++i) {
      if (begins > 0) waiting.add({begins, begins, std::nullopt, 0});
      waiting.add({outcomes, 0, std::nullopt, 0});
      BOOST_TEST(batch(waiting) == of(begins > 0 ? 2 : 1, 'o') + of(accepts, 'n'),
                 begins << " begins, " << outcomes << " outcomes");
    }
  }
}

BOOST_AUTO_TEST_CASE(accepts_are_more_again_once_no_delivery_waits) {
  queue waiting;
  add(waiting, 5'000, priority::normal);
  waiting.add({10, 10, std::nullopt, 0});
  BOOST_TEST(batch(waiting) == "o" + of(queue::accepts_behind, 'n'));
  add(waiting, 1, std::nullopt, 20);
  BOOST_TEST(batch(waiting) == "o" + of(beside, 'n'));
}

BOOST_AUTO_TEST_CASE(more_accepts_go_along_where_the_database_is_far_away) {
  queue waiting;
  add(waiting, 3'000, priority::normal);
  add(waiting, 1, std::nullopt);
  BOOST_TEST(batch(waiting, 1'000, 5) == "o" + of(5 * beside, 'n'));
  waiting.add({10, 10, std::nullopt, 0});
  BOOST_TEST(batch(waiting, 1'000, 5) == "o" + of(5 * queue::accepts_behind, 'n'));
  add(waiting, 1, std::nullopt);
  BOOST_TEST(batch(waiting, 1'000, 500) == "o" + of(999, 'n'));
}

BOOST_AUTO_TEST_CASE(a_batch_between_two_of_deliveries_takes_few_accepts_too) {
  queue waiting;
  add(waiting, 3'000, priority::normal);
  add(waiting, 1, std::nullopt);
  batch(waiting);
  for (int i = 1; i < queue::batches_of_calm; ++i)
    BOOST_TEST(batch(waiting) == of(beside, 'n'));
  BOOST_TEST(batch(waiting) == of(1'000, 'n'));
  add(waiting, 1, std::nullopt);
  BOOST_TEST(batch(waiting) == "o" + of(beside, 'n'));
  BOOST_TEST(batch(waiting) == of(beside, 'n'));
}

BOOST_AUTO_TEST_CASE(each_kind_goes_on_however_many_the_other_ones_are) {
  for (const std::size_t limit : {1, 2, 3, 50, 1'000}) {
    queue waiting;
    add(waiting, 3'000, priority::low);
    add(waiting, 3'000, std::nullopt);
    for (int i = 0; i < 2; ++i) {
      const auto letters = batch(waiting, limit);
      BOOST_TEST(letters.size() <= limit + 1);
      BOOST_TEST(letters.starts_with('o'));
      BOOST_TEST(letters.ends_with('l'));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_part_that_is_larger_than_the_batch_goes_alone_with_one_accept) {
  queue waiting;
  add(waiting, 2, std::nullopt, 5'000);
  add(waiting, 2, priority::normal);
  BOOST_TEST(batch(waiting) == "on");
  BOOST_TEST(batch(waiting) == "on");
}

BOOST_AUTO_TEST_CASE(accepts_have_the_turns_of_their_priorities) {
  queue waiting;
  add(waiting, 100, priority::low);
  add(waiting, 100, priority::normal);
  add(waiting, 100, priority::high);
  BOOST_TEST(batch(waiting, 20) == "hhhhhhhhhnlhhhhhhhhn");
}

BOOST_AUTO_TEST_CASE(what_was_put_back_comes_first_and_in_its_order) {
  queue waiting;
  add(waiting, 3, std::nullopt);
  add(waiting, 3, priority::normal);
  std::vector<part> taken;
  waiting.begin_batch(4);
  while (auto next = waiting.next())
    taken.push_back(*next);
  BOOST_TEST(taken.size() == 4u);
  waiting.put_back(taken);
  BOOST_TEST(waiting.size() == 6u);
  std::string order;
  waiting.begin_batch(100);
  while (const auto next = waiting.next())
    order += (next->accepts ? 'n' : 'o') + std::to_string(next->number);
  BOOST_TEST(order == "o0o1o2n0n1n2");
}

BOOST_AUTO_TEST_CASE(parts_are_removed_wherever_they_wait) {
  queue waiting;
  add(waiting, 4, std::nullopt);
  add(waiting, 4, priority::high);
  add(waiting, 4, priority::low);
  const auto first = [](const part& one) { return one.number == 0; };
  int seen = 0;
  waiting.for_each([&](const part& one) { seen += first(one); });
  BOOST_TEST(seen == 3);
  waiting.remove_if(first);
  BOOST_TEST(waiting.size() == 9u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
