#include "tools/provider-sim/tally.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace postrider::provider_sim {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(tally_test)

BOOST_AUTO_TEST_CASE(tells_what_came_twice) {
  tally t;
  t.accept("+1", "a", {});
  t.accept("+2", "a", {});
  t.accept("+1", "b", {});
  t.accept("+1", "a", clock_time(5s));
  t.accept("+1", "a", clock_time(6s));
  BOOST_TEST(t.accepted() == 5U);
  BOOST_TEST(t.distinct() == 3U);
  BOOST_TEST(t.repeated() == 1U);
  BOOST_TEST((t.last_accepted() == clock_time(6s)));
  BOOST_REQUIRE_EQUAL(t.duplicates().size(), 1U);
  BOOST_TEST(t.duplicates()[0].recipient == "+1");
  BOOST_TEST(t.duplicates()[0].body == "a");
  BOOST_TEST(t.duplicates()[0].count == 3U);
}

BOOST_AUTO_TEST_CASE(counts_by_body_and_by_message) {
  tally t;
  t.accept("+1", "a", {});
  t.accept("+2", "a", {});
  BOOST_TEST(t.accepted_of_body("a") == 2U);
  BOOST_TEST(t.accepted_of_body("b") == 0U);
  BOOST_TEST(t.accepted_of("+1", "a") == 1U);
  BOOST_TEST(t.accepted_of("+3", "a") == 0U);
}

BOOST_AUTO_TEST_CASE(keeps_texts_only_when_asked_to) {
  tally without(false), with(true);
  for (tally* t : {&without, &with})
    for (const char* body : {"c", "a", "c", "b"})
      t->accept("+1", body, {});
  BOOST_TEST(without.page(0, 10).empty());
  const auto page = with.page(0, 10);
  BOOST_REQUIRE_EQUAL(page.size(), 3U);
  BOOST_TEST(page[0].body == "c");
  BOOST_TEST(page[0].count == 2U);
  BOOST_TEST(page[1].body == "a");
  BOOST_TEST(with.page(2, 10).size() == 1U);
  BOOST_TEST(with.page(1, 1)[0].body == "a");
  BOOST_TEST(with.page(3, 10).empty());
}

BOOST_AUTO_TEST_CASE(shows_the_first_hundred_duplicates_and_counts_the_rest) {
  tally t;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 150; ++i)
      t.accept("+1", std::to_string(i), {});
  BOOST_TEST(t.duplicates().size() == 100U);
  BOOST_TEST(t.duplicates()[99].body == "99");
  BOOST_TEST(t.repeated() == 150U);
}

BOOST_AUTO_TEST_CASE(forgets_all_but_its_own_nature_on_reset) {
  tally t(true);
  t.count_request();
  t.count_outcome(outcome::drop);
  t.accept("+1", "a", {});
  t.reset();
  BOOST_TEST(t.requests() + t.accepted() + t.distinct() + t.of(outcome::drop) == 0U);
  BOOST_TEST(t.accepted_of_body("a") == 0U);
  t.accept("+1", "a", {});
  BOOST_TEST(t.page(0, 10).size() == 1U);
}

// The published value for MurmurHash3_x64_128 of this text with seed 0.
BOOST_AUTO_TEST_CASE(the_hash_is_murmur3) {
  const text_hash h = hash_text("The quick brown fox jumps over the lazy dog");
  BOOST_TEST(h.high == 0xe34bbc7bbc071b6cULL);
  BOOST_TEST(h.low == 0x7a433ca9c49a9347ULL);
}

BOOST_AUTO_TEST_CASE(texts_that_differ_little_have_different_hashes) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  std::string text;
  for (int i = 0; i < 40; ++i, text += 'x') {
    const text_hash h = hash_text(text);
    seen.emplace(h.high, h.low);
  }
  BOOST_TEST(seen.size() == 40U);
  BOOST_TEST(!(hash_pair("ab", "c") == hash_pair("a", "bc")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
