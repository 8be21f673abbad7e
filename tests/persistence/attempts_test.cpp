#include "persistence/attempts.hpp"

#include "base/utf8.hpp"
#include "persistence/records/encoding.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace postrider::persistence {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{1'763'869'200s};

transaction tried(std::vector<std::pair<provider_id, error_code>> calls) {
  transaction row;
  auto at = start;
  for (const auto& [provider, outcome] : calls) {
    row.provider = provider;
    end_attempt(row, {outcome, {}, {}, at, at + 250ms, "answer " + std::to_string(provider)}, at,
                at);
    at += 10s;
    ++row.round;
  }
  return row;
}

BOOST_AUTO_TEST_SUITE(attempts)

BOOST_AUTO_TEST_CASE(a_provider_has_one_entry_with_its_first_and_its_last_call) {
  auto row = tried({{3, error_code::outcome_unknown},
                    {4, error_code::unavailable},
                    {3, error_code::throttled},
                    {3, error_code::unavailable}});
  BOOST_REQUIRE_EQUAL(row.attempts.size(), 2u);
  const auto& four = row.attempts[0];
  BOOST_TEST(four.provider == 4);
  BOOST_TEST(four.count == 1);
  BOOST_TEST(!four.unknown);
  const auto& three = row.attempts[1];
  BOOST_TEST(three.provider == 3);
  BOOST_TEST(three.count == 3);
  BOOST_TEST(three.round == 3);
  BOOST_TEST(three.unknown);
  BOOST_CHECK(three.first.began == start);
  BOOST_CHECK(three.first.outcome == error_code::outcome_unknown);
  BOOST_CHECK(three.last.began == start + 30s);
  BOOST_CHECK(three.last.ended == start + 30s + 250ms);
  BOOST_CHECK(three.last.outcome == error_code::unavailable);
}

BOOST_AUTO_TEST_CASE(the_columns_give_back_what_they_were_given) {
  auto row = tried(
      {{3, error_code::outcome_unknown}, {4, error_code::unavailable}, {3, error_code::throttled}});
  row.attempts.back().not_before = start + 1h;
  row.attempts.back().last.answer = "ümlaut:;, 12:3";
  row.round_due = start + 5min;
  transaction read;
  BOOST_REQUIRE(decode_trail(encode_trail(row), read));
  decode_answers(encode_answers(row), read);
  BOOST_CHECK(read.attempts == row.attempts);
  BOOST_TEST(read.round == row.round);
  BOOST_CHECK(read.round_due == row.round_due);
}

BOOST_AUTO_TEST_CASE(a_row_that_was_not_tried_has_nothing_to_keep) {
  BOOST_TEST(encode_trail({}).empty());
  BOOST_TEST(encode_answers({}).empty());
  // One that ended so is not an older release's.
  transaction ended;
  ended.status = transaction_status::failed;
  ended.error = error_code::unavailable;
  ended.completed_at = start;
  read_attempts(ended, encode_trail(ended), "", "");
  BOOST_TEST(ended.attempts.empty());
  // Emptied answers leave the calls.
  auto row = tried({{3, error_code::unavailable}});
  transaction read;
  read_attempts(read, encode_trail(row), "", "");
  BOOST_REQUIRE_EQUAL(read.attempts.size(), 1u);
  BOOST_TEST(read.attempts[0].last.answer.empty());
}

BOOST_AUTO_TEST_CASE(an_attempt_costs_few_bytes_however_often_it_is_repeated) {
  std::vector<std::pair<provider_id, error_code>> calls(10'000, {3, error_code::unavailable});
  const auto row = tried(std::move(calls));
  BOOST_TEST(row.attempts.front().count == 10'000);
  BOOST_TEST(encode_trail(row).size() < 200u);
}

BOOST_AUTO_TEST_CASE(a_long_answer_is_cut_between_characters) {
  transaction row;
  std::string answer;
  for (int i = 0; i < 1000; ++i)
    answer += "ł";
  end_attempt(row, {error_code::unavailable, {}, {}, start, start, answer}, start, start);
  BOOST_TEST(row.attempts[0].last.answer.size() == max_answer_bytes);
  end_attempt(row, {error_code::unavailable, {}, {}, start, start, "\xff" + answer}, start, start);
  BOOST_TEST(is_utf8(row.attempts[0].last.answer));
}

BOOST_AUTO_TEST_CASE(another_form_is_no_trail) {
  for (const char* text : {"", "x", "1", "1,", "1,2;", "1,2;3", "1,2;3,1,0,0,0", "1,2;3,1,0,0,0,4",
                           "1,2;3,2,0,0,0,4,5,6", "1,2;3,1,0,0,0,4,5,6x"}) {
    transaction row;
    BOOST_TEST(!decode_trail(text, row), text);
  }
}

BOOST_AUTO_TEST_CASE(attempts_of_older_releases_are_taken_with_the_rows_own) {
  transaction row;
  row.provider = 4;
  row.status = transaction_status::failed;
  row.error = error_code::unavailable;
  read_attempts(row, "", "", "3:6 4:4 3:4");
  BOOST_REQUIRE_EQUAL(row.attempts.size(), 2u);
  BOOST_TEST(row.attempts[0].provider == 3);
  BOOST_TEST(row.attempts[0].count == 2);
  BOOST_TEST(row.attempts[0].unknown);
  BOOST_TEST(row.attempts[1].provider == 4);
  BOOST_TEST(row.attempts[1].count == 2);
  // A row that ended without a call has none of its own.
  for (const auto error : {error_code::expired, error_code::cancelled, error_code::no_route}) {
    transaction ended;
    ended.provider = 4;
    ended.status = transaction_status::failed;
    ended.error = error;
    read_attempts(ended, "", "", "");
    BOOST_TEST(ended.attempts.empty());
  }
}

BOOST_AUTO_TEST_CASE(an_attempt_that_an_older_release_ended_is_added_to_the_trail) {
  auto row = tried({{3, error_code::unavailable}});
  const auto trail = encode_trail(row);
  transaction seen;
  seen.provider = 3;
  seen.status = transaction_status::failed;
  seen.error = error_code::outcome_unknown;
  read_attempts(seen, trail, "", "");
  BOOST_REQUIRE_EQUAL(seen.attempts.size(), 1u);
  BOOST_TEST(seen.attempts[0].count == 2);
  BOOST_TEST(chain_may_have_arrived(seen));
  // Our own is there already.
  transaction own;
  own.provider = 3;
  own.status = transaction_status::failed;
  own.error = error_code::unavailable;
  read_attempts(own, trail, "", "");
  BOOST_TEST(own.attempts[0].count == 1);
  // At its end a row may have another reason than its last attempt.
  transaction ended = own;
  ended.attempts.clear();
  ended.error = error_code::outcome_unknown;
  ended.completed_at = start;
  read_attempts(ended, trail, "", "");
  BOOST_TEST(ended.attempts[0].count == 1);
}

BOOST_AUTO_TEST_CASE(the_column_of_older_releases_holds_what_fits) {
  transaction row;
  for (int provider = 1; provider < 1000; ++provider)
    row.attempts.push_back({1'000'000'000 + provider, {error_code::unavailable, {}, {}, {}}});
  const auto text = encode_attempts(row.attempts);
  BOOST_TEST(text.size() <= 2048u);
  BOOST_TEST(decode_attempts(text).size() > 100u);
}

BOOST_AUTO_TEST_CASE(a_chain_that_may_have_arrived_ends_as_unknown) {
  auto row = tried({{3, error_code::outcome_unknown}, {4, error_code::unavailable}});
  for (const auto error : {error_code::expired, error_code::cancelled, error_code::unavailable,
                           error_code::recipient_rejected, error_code::undelivered}) {
    auto ended = row;
    ended.error = error;
    ended.error_message = "why";
    keep_unknown(ended);
    BOOST_CHECK(ended.error == error_code::outcome_unknown);
    BOOST_TEST(ended.error_message.find(to_string(error)) != std::string::npos);
    BOOST_TEST(ended.error_message.ends_with("why"));
  }
  auto sure = tried({{4, error_code::unavailable}});
  sure.error = error_code::unavailable;
  keep_unknown(sure);
  BOOST_CHECK(sure.error == error_code::unavailable);
}

BOOST_AUTO_TEST_CASE(what_turned_out_is_not_unknown_any_more) {
  auto row = tried({{3, error_code::outcome_unknown}});
  row.provider = 3;
  correct_attempt(row, error_code::undelivered);
  BOOST_TEST(!chain_may_have_arrived(row));
  auto twice = tried({{3, error_code::outcome_unknown}, {3, error_code::outcome_unknown}});
  twice.provider = 3;
  correct_attempt(twice, error_code::none);
  BOOST_TEST(chain_may_have_arrived(twice));
  auto second = tried({{3, error_code::unavailable}, {3, error_code::outcome_unknown}});
  second.provider = 3;
  correct_attempt(second, error_code::none);
  BOOST_TEST(!chain_may_have_arrived(second));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::persistence
