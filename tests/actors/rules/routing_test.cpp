#include "tests/actors/routing_fixture.hpp"

namespace postrider::actors {
namespace {

BOOST_FIXTURE_TEST_SUITE(routing, routing_fixture)

BOOST_AUTO_TEST_CASE(a_provider_that_cannot_take_the_content_is_passed_over_and_says_why) {
  const kind_driver short_texts{&persistence::recipient::phone, 10};
  provider(1).driver = &short_texts;
  message.text = "1234567890";
  BOOST_TEST(order() == "3 1 2 4");
  message.text += "1";
  BOOST_TEST(order() == "3 2 4 1(content)");
  BOOST_TEST(ranked().back().detail == "it is too long");
}

BOOST_AUTO_TEST_CASE(the_fallback_of_undelivered_is_the_messages_or_the_lines) {
  list[1].fallback_on_undelivered = true;
  const auto of = [&](std::size_t place) { return ranked()[place].fallback_on_undelivered; };
  BOOST_TEST(!of(0));
  BOOST_TEST(of(1));
  message.fallback_on_undelivered = true;
  BOOST_TEST(of(0));
  message.fallback_on_undelivered = false;
  BOOST_TEST(!of(1));
  list.clear();
  message.fallback_on_undelivered.reset();
  BOOST_TEST(!of(0));
}

// ---- 1. candidates -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_users_list_is_followed_by_its_priorities_not_by_the_providers_own) {
  BOOST_TEST(order() == "3 1 2 4");
}

BOOST_AUTO_TEST_CASE(what_is_not_in_a_users_list_is_no_candidate) {
  list = {{2, 1, true, {}}};
  BOOST_TEST(order() == "2");
}

BOOST_AUTO_TEST_CASE(lines_and_providers_that_are_switched_off_are_excluded_with_their_reason) {
  list[0].active = false;
  provider(2).active = false;
  BOOST_TEST(order() == "1 4 3(line-off) 2(off)");
}

BOOST_AUTO_TEST_CASE(a_list_with_every_line_switched_off_is_still_a_list) {
  for (auto& line : list)
    line.active = false;
  BOOST_TEST(order() == "3(line-off) 1(line-off) 2(line-off) 4(line-off)");
  BOOST_CHECK(first_usable(ranked()) == nullptr);
}

BOOST_AUTO_TEST_CASE(
    a_user_without_a_list_gets_the_default_type_then_the_others_by_the_providers_priority) {
  list.clear();
  BOOST_TEST(order() == "1 2 3 4");
  default_type = "email";
  BOOST_TEST(order() == "3 4 1 2");
  default_type = "none-such";
  BOOST_TEST(order() == "3 1 2 4");
}

BOOST_AUTO_TEST_CASE(a_user_without_a_list_gets_only_active_providers) {
  list.clear();
  provider(1).active = false;
  BOOST_TEST(order() == "2 3 4 1(off)");
}

BOOST_AUTO_TEST_CASE(a_requested_type_goes_before_the_default_type) {
  list.clear();
  message.requested_type = "email";
  BOOST_TEST(order() == "3 4 1 2");
}

BOOST_AUTO_TEST_CASE(a_provider_of_another_process_or_without_a_driver_is_not_configured_here) {
  list.push_back({77, 0, true, {}});
  provider(1).driver = nullptr;
  BOOST_TEST(order() == "3 2 4 77(unknown) 1(unknown)");
}

BOOST_AUTO_TEST_CASE(without_providers_there_are_no_candidates) {
  providers.clear();
  list.clear();
  BOOST_TEST(order() == "");
  BOOST_CHECK(first_usable(ranked()) == nullptr);
}

// ---- 2. fit ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_provider_without_an_address_for_the_recipient_is_excluded) {
  message.recipients = {
      {"", "bob@example.com", ""}, {"+15551234567", "", ""}, {"", "", "https://example.com/"}};
  BOOST_TEST(order(0) == "3 4 1(address) 2(address)");
  BOOST_TEST(order(1) == "1 2 3(address) 4(address)");
  BOOST_TEST(order(2) == "3(address) 1(address) 2(address) 4(address)");
}

BOOST_AUTO_TEST_CASE(a_candidate_has_the_address_that_its_provider_would_use) {
  for (const auto& one : ranked())
    BOOST_TEST(one.address == (one.provider <= 2 ? "+15551234567" : "bob@example.com"));
}

BOOST_AUTO_TEST_CASE(an_excluded_candidate_has_no_address) {
  provider(3).active = false;
  BOOST_TEST(ranked().back().provider == 3);
  BOOST_TEST(ranked().back().address == "");
}

BOOST_AUTO_TEST_CASE(without_recipients_the_user_is_reached_at_the_addresses_of_the_list) {
  message.recipients = {{}};
  list[0].address = "alice@example.com";
  list[1].address = "+1 555 000 1111";
  list[2].address = "alice@example.com";
  BOOST_TEST(order() == "3 1 2(address) 4(address)");
  BOOST_TEST(ranked()[0].address == "alice@example.com");
  BOOST_TEST(ranked()[1].address == "+15550001111");
}

BOOST_AUTO_TEST_CASE(a_given_recipient_is_never_replaced_by_the_users_own_address) {
  message.recipients = {{"", "bob@example.com", ""}};
  list[1].address = "+15550001111";
  BOOST_TEST(order() == "3 4 1(address) 2(address)");
}

BOOST_AUTO_TEST_CASE(an_own_address_that_cannot_be_read_is_none) {
  message.recipients = {{}};
  list[1].address = "somewhere\r\n";
  BOOST_TEST(order() == "3(address) 1(address) 2(address) 4(address)");
}

BOOST_AUTO_TEST_CASE(without_recipients_and_without_a_list_nobody_can_be_reached) {
  message.recipients = {{}};
  list.clear();
  BOOST_CHECK(first_usable(ranked()) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_recipient_number_that_does_not_exist_reaches_nobody) {
  BOOST_CHECK(first_usable(ranked(7)) == nullptr);
}

BOOST_AUTO_TEST_CASE(without_fallback_only_the_requested_type_is_used) {
  message.requested_type = "signal";
  message.fallback = false;
  BOOST_TEST(order() == "1 2 3(type) 4(type)");
  list.clear();
  BOOST_TEST(order() == "1 2 3(type) 4(type)");
}

BOOST_AUTO_TEST_CASE(without_fallback_and_without_a_type_all_are_used) {
  message.fallback = false;
  BOOST_TEST(order() == "3 1 2 4");
}

// ---- 3. order ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_requested_type_goes_first_each_group_by_priority) {
  message.requested_type = "signal";
  BOOST_TEST(order() == "1 2 3 4");
  message.requested_type = "email";
  BOOST_TEST(order() == "3 4 1 2");
}

BOOST_AUTO_TEST_CASE(equal_priorities_go_by_id) {
  for (auto& line : list)
    line.priority = 1;
  BOOST_TEST(order() == "1 2 3 4");
  list.clear();
  for (auto& one : providers)
    one.priority = 1;
  default_type = "";
  BOOST_TEST(order() == "1 2 3 4");
}

BOOST_AUTO_TEST_CASE(priorities_may_be_any_numbers) {
  list = {{1, 2'000'000'000, true, {}}, {2, -5, true, {}}, {3, 0, true, {}}};
  BOOST_TEST(order() == "2 3 1");
}

// ---- 4. health ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(providers_with_an_open_circuit_go_behind_all_healthy_ones) {
  provider(3).circuit_open = true;
  provider(1).circuit_open = true;
  BOOST_TEST(order() == "2 4 3! 1!");
}

BOOST_AUTO_TEST_CASE(when_all_circuits_are_open_the_order_is_as_ever) {
  for (auto& one : providers)
    one.circuit_open = true;
  BOOST_TEST(order() == "3! 1! 2! 4!");
  BOOST_TEST_REQUIRE(first_usable(ranked()));
}

BOOST_AUTO_TEST_CASE(an_open_circuit_goes_before_one_that_cannot_be_used_at_all) {
  provider(3).circuit_open = true;
  provider(1).active = false;
  provider(2).active = false;
  provider(4).active = false;
  BOOST_TEST(order() == "3! 1(off) 2(off) 4(off)");
}

BOOST_AUTO_TEST_CASE(health_goes_before_the_requested_type) {
  message.requested_type = "email";
  provider(3).circuit_open = true;
  provider(4).circuit_open = true;
  BOOST_TEST(order() == "1 2 3! 4!");
}

// ---- 5. retries --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_retry_goes_on_behind_the_provider_that_failed_and_round_the_list) {
  const std::string expected[]{"1 2 4 3", "2 4 3 1", "4 3 1 2", "3 1 2 4", "1 2 4 3"};
  for (const auto& next : expected) {
    const auto now = ranked().front().provider;
    tried(now);
    BOOST_TEST(order() == next);
  }
}

BOOST_AUTO_TEST_CASE(tries_are_counted_for_each_provider) {
  for (int id : {3, 1, 2, 4, 3, 1, 3})
    tried(id);
  std::map<int, int> tries;
  for (const auto& one : ranked())
    tries[one.provider] = one.tries;
  BOOST_CHECK((tries == std::map<int, int>{{1, 2}, {2, 1}, {3, 3}, {4, 1}}));
}

BOOST_AUTO_TEST_CASE(what_rejected_is_out_for_this_chain) {
  tried(3, error_code::recipient_rejected);
  BOOST_TEST(order() == "1 2 4 3(rejected)");
  tried(1, error_code::message_rejected);
  BOOST_TEST(order() == "2 4 3(rejected) 1(rejected)");
  tried(2);
  BOOST_TEST(order() == "4 2 3(rejected) 1(rejected)");
  tried(4);
  tried(2, error_code::recipient_rejected);
  BOOST_TEST(order() == "4 3(rejected) 1(rejected) 2(rejected)");
  tried(4, error_code::recipient_rejected);
  BOOST_CHECK(first_usable(ranked()) == nullptr);
}

BOOST_AUTO_TEST_CASE(no_other_outcome_puts_a_provider_out) {
  for (auto error : {error_code::none, error_code::throttled, error_code::unavailable,
                     error_code::misconfigured, error_code::outcome_unknown}) {
    attempts = {{3, error}};
    BOOST_TEST(order() == "1 2 4 3");
  }
}

BOOST_AUTO_TEST_CASE(a_single_provider_is_tried_again_and_again) {
  list = {{1, 1, true, {}}};
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(order() == "1");
    BOOST_TEST(ranked().front().tries == i);
    tried(1);
  }
}

BOOST_AUTO_TEST_CASE(a_retry_after_a_provider_that_left_the_list_begins_at_its_top) {
  tried(77);
  BOOST_TEST(order() == "3 1 2 4");
}

BOOST_AUTO_TEST_CASE(a_retry_passes_over_open_circuits_and_comes_back_to_them_last) {
  tried(3);
  provider(1).circuit_open = true;
  BOOST_TEST(order() == "2 4 3 1!");
}

BOOST_AUTO_TEST_CASE(a_retry_goes_round_within_the_order_by_requested_type) {
  message.requested_type = "signal";
  tried(1);
  BOOST_TEST(order() == "2 3 4 1");
  tried(2);
  BOOST_TEST(order() == "3 4 1 2");
}

BOOST_AUTO_TEST_CASE(a_rejection_shows_even_where_the_line_is_switched_off) {
  tried(3, error_code::recipient_rejected);
  list[0].active = false;
  BOOST_TEST(order() == "1 2 4 3(rejected)");
}

BOOST_AUTO_TEST_CASE(ranking_is_a_function_of_its_arguments) {
  tried(3);
  provider(1).circuit_open = true;
  const auto first = order();
  std::reverse(list.begin(), list.end());
  std::reverse(providers.begin(), providers.end());
  BOOST_TEST(order() == first);
}

BOOST_AUTO_TEST_CASE(every_exclusion_has_its_words) {
  BOOST_TEST(to_string(exclusion::none) == "");
  for (auto reason :
       {exclusion::user_provider_inactive, exclusion::provider_inactive, exclusion::not_configured,
        exclusion::other_type, exclusion::no_address, exclusion::rejected})
    BOOST_TEST(to_string(reason).size() > 5U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
