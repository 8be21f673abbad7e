#include "tests/actors/routing_fixture.hpp"

namespace postrider::actors {
namespace {

BOOST_FIXTURE_TEST_SUITE(routing_test_mode, routing_fixture)

BOOST_AUTO_TEST_CASE(a_test_message_and_a_real_one_never_share_a_provider) {
  add_test_providers();
  BOOST_TEST(order() == "3 1 2 4");
  list.clear();
  BOOST_TEST(order() == "1 2 3 4");
  message.test = true;
  BOOST_TEST(order() == "5 6");
}

BOOST_AUTO_TEST_CASE(in_a_test_a_line_stands_for_the_provider_of_its_type) {
  add_test_providers();
  message.test = true;
  BOOST_TEST(order() == "6 5");
  list = {{2, 1, true, {}}, {1, 2, true, {}}};
  BOOST_TEST(order() == "5");
  list = {{9, 1, true, {}}};
  BOOST_TEST(order() == "");
  message.requested_type = "email";
  list = {{2, 1, true, {}}, {4, 2, true, {}}};
  BOOST_TEST(order() == "6 5");
  attempts = {{6, error_code::unavailable}};
  BOOST_TEST(order() == "5 6");
  attempts = {{6, error_code::recipient_rejected}};
  BOOST_TEST(order() == "5 6(rejected)");
}

BOOST_AUTO_TEST_CASE(in_a_test_the_better_of_two_lines_of_a_type_counts) {
  add_test_providers();
  message.test = true;
  list = {{1, 1, false, {}}, {2, 2, true, {}}, {3, 3, true, {}}};
  BOOST_TEST(order() == "5 6");
  BOOST_TEST(ranked().front().priority == 2);
  list = {{2, 4, true, {}}, {1, 1, true, {}}, {3, 3, true, {}}};
  BOOST_TEST(order() == "5 6");
}

BOOST_AUTO_TEST_CASE(a_test_shows_nobodys_own_address) {
  add_test_providers();
  message.test = true;
  message.recipients = {{}};
  list = {{1, 1, true, "+15559876543"}, {3, 2, true, ""}};
  BOOST_TEST(order() == "5 6(address)");
  BOOST_TEST(ranked().front().address == "+12025550100");
}

BOOST_AUTO_TEST_CASE(a_line_that_names_a_provider_of_test_mode_is_none_of_a_real_message) {
  add_test_providers();
  list = {{5, 1, true, {}}, {4, 2, true, {}}};
  BOOST_TEST(order() == "4 5(unknown)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
