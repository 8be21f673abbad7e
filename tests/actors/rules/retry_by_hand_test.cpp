#include "actors/rules/retry_by_hand.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using namespace postrider::actors;
using postrider::persistence::error_code;
using postrider::persistence::retry_selection;
using postrider::persistence::time_point;
using postrider::persistence::transaction;
using postrider::persistence::transaction_status;

namespace {

constexpr time_point now{std::chrono::seconds(1'700'000'000)};

transaction waiting() {
  transaction row;
  row.id = 7;
  row.user = 1;
  row.status = transaction_status::failed;
  row.error = error_code::unavailable;
  row.created_at = now - 1min;
  return row;
}
transaction final_one() {
  auto row = waiting();
  row.completed_at = now;
  return row;
}

std::string said(const retry_selection& wanted, const transaction& row, bool outdated = false) {
  const auto verdict = judge(wanted, row, outdated, now);
  if (std::holds_alternative<make_due>(verdict)) return "make due";
  if (std::holds_alternative<begin_again>(verdict)) return "begin again";
  if (std::holds_alternative<wait_for_named>(verdict)) return "wait for its provider's time";
  return std::get<skip>(verdict).reason;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retry_by_hand)

BOOST_AUTO_TEST_CASE(what_waits_becomes_due_and_what_is_final_begins_again) {
  retry_selection wanted;
  BOOST_TEST(said(wanted, waiting()) == "make due");
  BOOST_TEST(said(wanted, final_one()) == "it is final: include_final tries it again");
  wanted.include_final = true;
  BOOST_TEST(said(wanted, waiting()) == "make due");
  BOOST_TEST(said(wanted, final_one()) == "begin again");
}

BOOST_AUTO_TEST_CASE(all_else_is_skipped_for_a_reason) {
  retry_selection wanted;
  wanted.include_final = true;
  auto row = waiting();
  row.owner = 3;
  BOOST_TEST(said(wanted, row) == "it is being tried again already");
  row.status = transaction_status::processing;
  BOOST_TEST(said(wanted, row) == "it is being sent");
  row.status = transaction_status::pending;
  BOOST_TEST(said(wanted, row) == "it has not been sent yet");
  row = final_one();
  BOOST_TEST(said(wanted, row, true) ==
             "it was tried again already: its recipient has a newer chain, or got it after all");
  row.error = error_code::cancelled;
  BOOST_TEST(said(wanted, row) == "it was cancelled");
  row = final_one();
  row.expires_at = now;
  BOOST_TEST(said(wanted, row) == "it has expired");
  row.expires_at = now + 1us;
  BOOST_TEST(said(wanted, row) == "begin again");
  row.superseded_by = 9;
  BOOST_TEST(said(wanted, row) == "transaction 9 came after it");
  row.status = transaction_status::success;
  BOOST_TEST(said(wanted, row) == "it was delivered");
}

BOOST_AUTO_TEST_CASE(a_time_that_the_rows_own_provider_named_is_kept) {
  auto row = waiting();
  row.status = transaction_status::pending;
  row.provider = 1;
  row.due_at = row.round_due = now + 1h;
  row.attempts = {{.provider = 1, .last = {error_code::throttled, now, now, ""}, .count = 1}};
  BOOST_TEST(said({}, row) == "make due");
  row.attempts[0].not_before = now + 1h;
  BOOST_TEST(said({}, row) == "wait for its provider's time");
  // It waits longer than that: for its next round.
  row.attempts[0].not_before = now + 10min;
  BOOST_TEST(said({}, row) == "make due");
  row.attempts[0].not_before = now + 1h;
  row.provider = 2;
  BOOST_TEST(said({}, row) == "make due");
}

BOOST_AUTO_TEST_CASE(another_place_is_one_that_is_well_and_named_no_time) {
  auto row = waiting();
  row.status = transaction_status::pending;
  row.provider = 1;
  row.attempts = {{.provider = 1, .count = 1, .not_before = now + 1h},
                  {.provider = 2, .count = 1, .not_before = now + 1h},
                  {.provider = 3, .count = 1}};
  const auto at = [](std::int32_t provider) {
    candidate one;
    one.provider = provider;
    one.address = "+1555";
    return one;
  };
  std::vector<candidate> candidates{at(1), at(2)};
  BOOST_TEST(other_place(row, candidates, now, {}) == nullptr);
  candidates.push_back(at(3));
  candidates[2].circuit_open = true;
  BOOST_TEST(other_place(row, candidates, now, {}) == nullptr);
  candidates[2].circuit_open = false;
  BOOST_TEST(other_place(row, candidates, now, {}) == &candidates[2]);
}

BOOST_AUTO_TEST_CASE(what_a_person_gave_up_is_tried_again_only_by_its_name) {
  const std::string given_up = "a person gave it up on 2023-11-14: name it in ids to try it again";
  auto row = final_one();
  row.error = error_code::outcome_unknown;
  row.settlement = "give_up 1700000000000000 ops";
  retry_selection wanted;
  BOOST_TEST(said(wanted, row) == "it is final: include_final tries it again");
  wanted.include_final = true;
  BOOST_TEST(is_selected(wanted, row, false));
  BOOST_TEST(said(wanted, row) == given_up);
  wanted.message.emplace();
  BOOST_TEST(said(wanted, row) == given_up);
  wanted = {};
  wanted.include_final = true;
  wanted.ids = {8};
  BOOST_TEST(said(wanted, row) == given_up);
  wanted.ids = {7, 8};
  BOOST_TEST(said(wanted, row) == "begin again");
  // Another decision is none against a retry.
  wanted.ids.clear();
  row.settlement = "not_sent 1700000000000000 ops";
  BOOST_TEST(said(wanted, row) == "begin again");
}

BOOST_AUTO_TEST_CASE(each_filter_leaves_out_what_does_not_fit) {
  const auto check = [](auto change, bool fit) {
    retry_selection wanted;
    change(wanted);
    BOOST_TEST((said(wanted, waiting()) == "make due") == fit);
    BOOST_TEST(is_selected(wanted, waiting(), false) == fit);
    // Named by its id it is answered for, whether it fits or not.
    wanted.ids = {7};
    BOOST_TEST(is_selected(wanted, waiting(), false));
  };
  check([](auto& w) { w.user = 1; }, true);
  check([](auto& w) { w.user = 2; }, false);
  check([](auto& w) { w.provider = 5; }, false);
  check([](auto& w) { w.error = error_code::unavailable; }, true);
  check([](auto& w) { w.error = error_code::misconfigured; }, false);
  check([](auto& w) { w.created_after = now - 1min; }, true);
  check([](auto& w) { w.created_after = now; }, false);
  check([](auto& w) { w.created_before = now; }, true);
  check([](auto& w) { w.created_before = now - 1min; }, false);
}

BOOST_AUTO_TEST_CASE(of_a_message_only_its_failures_are_meant) {
  retry_selection wanted;
  wanted.message.emplace();
  BOOST_TEST(is_selected(wanted, waiting(), false));
  BOOST_TEST(!is_selected(wanted, final_one(), false));
  wanted.include_final = true;
  BOOST_TEST(is_selected(wanted, final_one(), false));
  BOOST_TEST(!is_selected(wanted, final_one(), true));
  auto row = waiting();
  row.status = transaction_status::pending;
  BOOST_TEST(!is_selected(wanted, row, false));
}

BOOST_AUTO_TEST_CASE(a_new_chain_begins_afresh_with_the_limits_of_the_old_one) {
  auto last = final_one();
  last.retry_count = 3;
  last.max_retries = 3;
  last.expires_at = now + 1h;
  last.attempts = {{1, error_code::unavailable}};
  last.error_message = "refused";
  last.provider_ref = "x";
  candidate best;
  best.provider = 4;
  best.address = "+1555";
  const auto first = first_after(last, best, now);
  BOOST_TEST(first.provider == 4);
  BOOST_TEST(first.recipient == "+1555");
  BOOST_TEST(first.retry_count == 0);
  BOOST_TEST(first.max_retries == 3);
  BOOST_TEST((first.expires_at == last.expires_at));
  BOOST_TEST(first.attempts.empty());
  BOOST_TEST((first.error == error_code::none));
  BOOST_TEST(first.error_message.empty());
  BOOST_TEST(first.provider_ref.empty());
  BOOST_TEST((first.due_at == now));
}

BOOST_AUTO_TEST_SUITE_END()
