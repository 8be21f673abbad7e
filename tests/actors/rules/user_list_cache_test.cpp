#include "actors/rules/user_list_cache.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

user_list_cache::list_type list_with(persistence::provider_id provider) {
  return {{provider, 1, true, ""}};
}

/// The users of 1 to 9 that are cached; looking changes the order, so it is for the end of a test.
std::string cached(user_list_cache& cache) {
  std::string users;
  for (persistence::user_id user = 1; user <= 9; ++user)
    if (cache.find(user)) users += std::to_string(user);
  return users;
}

BOOST_AUTO_TEST_SUITE(user_list_caches)

BOOST_AUTO_TEST_CASE(what_was_put_is_found) {
  user_list_cache cache(10);
  BOOST_CHECK(cache.find(1) == nullptr);
  cache.put(1, list_with(7));
  BOOST_TEST_REQUIRE(cache.find(1));
  BOOST_CHECK(*cache.find(1) == list_with(7));
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_cached_too) {
  user_list_cache cache(10);
  cache.put(1, {});
  BOOST_TEST_REQUIRE(cache.find(1));
  BOOST_TEST(cache.find(1)->empty());
}

BOOST_AUTO_TEST_CASE(putting_again_replaces) {
  user_list_cache cache(2);
  cache.put(1, list_with(7));
  cache.put(1, list_with(8));
  BOOST_TEST(cache.size() == 1U);
  BOOST_CHECK(*cache.find(1) == list_with(8));
}

BOOST_AUTO_TEST_CASE(the_least_recently_used_goes_first) {
  user_list_cache cache(3);
  for (persistence::user_id user : {1, 2, 3})
    cache.put(user, {});
  cache.find(1);
  cache.put(4, {});
  BOOST_TEST(cache.size() == 3U);
  BOOST_TEST(cached(cache) == "134");
}

BOOST_AUTO_TEST_CASE(putting_counts_as_use) {
  user_list_cache cache(3);
  for (persistence::user_id user : {1, 2, 3, 1, 4, 5})
    cache.put(user, {});
  BOOST_TEST(cached(cache) == "145");
}

BOOST_AUTO_TEST_CASE(a_search_in_vain_changes_nothing) {
  user_list_cache cache(2);
  cache.put(1, {});
  cache.put(2, {});
  cache.find(9);
  cache.put(3, {});
  BOOST_TEST(cached(cache) == "23");
}

BOOST_AUTO_TEST_CASE(what_was_erased_is_gone) {
  user_list_cache cache(3);
  for (persistence::user_id user : {1, 2, 3})
    cache.put(user, {});
  cache.erase(2);
  cache.erase(9);
  BOOST_TEST(cached(cache) == "13");
  cache.clear();
  BOOST_TEST(cache.size() == 0U);
  BOOST_TEST(cached(cache) == "");
  cache.put(5, {});
  BOOST_TEST(cached(cache) == "5");
}

BOOST_AUTO_TEST_CASE(it_never_holds_more_than_its_capacity) {
  for (std::size_t capacity : {0U, 1U, 2U, 100U}) {
    user_list_cache cache(capacity);
    for (persistence::user_id user = 0; user < 1000; ++user) {
      cache.put(user, list_with(1));
      BOOST_TEST_REQUIRE(cache.size() <= capacity);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
