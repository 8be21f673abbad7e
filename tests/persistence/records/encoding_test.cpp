#include "persistence/records/encoding.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::persistence {

BOOST_AUTO_TEST_SUITE(encoding)

BOOST_AUTO_TEST_CASE(attempts_come_back_in_order) {
  const std::vector<attempt> attempts{{3, error_code::unavailable},
                                      {12, error_code::outcome_unknown}};
  BOOST_TEST(encode_attempts(attempts) == "3:4 12:6");
  BOOST_TEST((decode_attempts("3:4 12:6") == attempts));
  BOOST_TEST(decode_attempts("").empty());
}

BOOST_AUTO_TEST_CASE(limits_of_a_key_that_cannot_be_read_are_not_none) {
  const key_limits limits{{7, 9}, {"alerts", "backup"}};
  BOOST_TEST(encode_limits(limits) == R"([7,9,"alerts","backup"])");
  BOOST_TEST((decode_limits(encode_limits(limits)) == limits));
  BOOST_TEST((decode_limits("[7,9]") == key_limits{{7, 9}, {}}));
  BOOST_TEST(encode_limits({}).empty());
  BOOST_TEST((decode_limits("") == key_limits{}));
  for (const auto* broken : {"7", "[7,", "[7.5]", "[true]", "{}"})
    BOOST_TEST(!decode_limits(broken), broken);
}

BOOST_AUTO_TEST_CASE(recipients_come_back_without_what_was_empty) {
  const std::vector<recipient> recipients{{"+1", "", ""}, {"", "a@b", "https://x/\"y\""}, {}};
  BOOST_TEST(encode_recipients({{"+1", "", ""}}) == R"([{"phone":"+1"}])");
  BOOST_TEST((decode_recipients(encode_recipients(recipients)) == recipients));
  BOOST_TEST(decode_recipients("no json").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::persistence
