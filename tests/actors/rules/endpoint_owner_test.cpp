#include "actors/rules/endpoint_owner.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace postrider::test {

using actors::chosen_owner;

BOOST_AUTO_TEST_SUITE(endpoint_owners)

BOOST_AUTO_TEST_CASE(endpoints_spread_over_the_nodes) {
  std::map<persistence::node_id, int> counts;
  for (persistence::endpoint_id id = 1; id <= 900; ++id)
    ++counts[chosen_owner(id, {4, 7, 19})];
  BOOST_TEST(counts.size() == 3u);
  for (const auto& [node, count] : counts)
    BOOST_TEST(count > 200, "node " << node << " has " << count);
}

BOOST_AUTO_TEST_CASE(only_the_endpoints_of_a_node_that_ended_move) {
  for (persistence::endpoint_id id = 1; id <= 300; ++id) {
    const auto before = chosen_owner(id, {4, 7, 19});
    const auto after = chosen_owner(id, {19, 4});
    if (before != 7) BOOST_TEST(after == before);
    else BOOST_TEST((after == 4 || after == 19));
  }
}

BOOST_AUTO_TEST_CASE(without_nodes_there_is_none) { BOOST_TEST(chosen_owner(1, {}) == 0); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
