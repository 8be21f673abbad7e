#include "sources/masking.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::sources {

BOOST_AUTO_TEST_CASE(keys_are_not_shown) {
  const std::string key = "pr_" + std::string(43, 'a');
  BOOST_TEST(without_keys("/in/alerts/" + key + "/x") == "/in/alerts/pr_***/x");
  BOOST_TEST(without_keys(key + key + " pr_test_" + std::string(43, 'b')) == "pr_*** pr_***");
  BOOST_TEST(without_keys("pr_main and spr_ing") == "pr_main and spr_ing");
  BOOST_TEST(without_keys("") == "");
}

}  // namespace postrider::sources
