#include "actors/rules/rejection_streak.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

constexpr auto rejected = outcome_kind::recipient_rejected;
constexpr auto refused = outcome_kind::message_rejected;

persistence::message_id message_no(int number) {
  persistence::message_id id{};
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

struct streak_fixture {
  rejection_streak streak;
  int calls = 0;

  bool feed(outcome_kind kind, std::string detail, std::string recipient, int message, bool vague) {
    outcome said{kind, std::move(detail), {}, {}};
    said.vague = vague;
    return streak.on_outcome(said, recipient, message_no(message));
  }
  /// The next recipient's message is refused so.
  bool reject(std::string detail = "554 account disabled", outcome_kind kind = refused) {
    ++calls;
    return feed(kind, std::move(detail), "user" + std::to_string(calls) + "@a.example", calls,
                true);
  }
  void reject_four() {
    for (int i = 0; i < 4; ++i)
      BOOST_TEST(!reject());
  }
};

BOOST_FIXTURE_TEST_SUITE(rejection_streaks, streak_fixture)

BOOST_AUTO_TEST_CASE(the_fifth_in_a_row_and_all_that_follow_are_suspicious) {
  reject_four();
  BOOST_TEST(!streak.suspects());
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(reject());
  BOOST_TEST(streak.suspects());
}

BOOST_AUTO_TEST_CASE(a_success_ends_it) {
  reject_four();
  BOOST_TEST(!feed(outcome_kind::accepted, "", "ann@a.example", 50, false));
  reject_four();
  BOOST_TEST(reject());
  BOOST_TEST(!feed(outcome_kind::accepted, "", "ann@a.example", 50, false));
  BOOST_TEST(!streak.suspects());
  reject_four();
}

BOOST_AUTO_TEST_CASE(other_words_end_it_too) {
  reject_four();
  BOOST_TEST(!reject("550 no such user"));
  reject_four();
  BOOST_TEST(reject());
  BOOST_TEST(!reject("550 no such user"));
  BOOST_TEST(!streak.suspects());
}

BOOST_AUTO_TEST_CASE(failures_say_nothing_of_it) {
  reject_four();
  for (auto kind : {outcome_kind::unavailable, outcome_kind::unknown, outcome_kind::throttled,
                    outcome_kind::misconfigured})
    BOOST_TEST(!feed(kind, "554 account disabled", "new@a.example", 99, true));
  BOOST_TEST(reject());
}

/// An import of a thousand dead numbers, each refused by an exact code.
BOOST_AUTO_TEST_CASE(exact_codes_never_count) {
  for (int i = 0; i < 1000; ++i)
    BOOST_TEST(!feed(rejected, "Twilio error 21211", "+1555" + std::to_string(i), i % 200, false));
  reject_four();
  BOOST_TEST(!feed(rejected, "550 5.1.1 user unknown", "dead@a.example", 60, false));
  BOOST_TEST(reject());
}

BOOST_AUTO_TEST_CASE(one_recipient_counts_once) {
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(!feed(rejected, "550 no", "ann@a.example", i, true));
}

BOOST_AUTO_TEST_CASE(the_content_of_one_message_counts_once) {
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(!feed(refused, "554 spam", "user" + std::to_string(i) + "@a.example", 7, true));
  // Not of its content, so it is as with as many messages.
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(feed(rejected, "550 no", "user" + std::to_string(i) + "@a.example", 7, true) ==
               (i == 4));
}

BOOST_AUTO_TEST_CASE(what_differs_with_the_recipient_does_not_hide_it) {
  const auto said = [](int i) {
    const auto n = std::to_string(i);
    return "the server answered the message with 550 5.7.1 <user" + n + "@a.example> '" + n +
           "x' says \"" + std::string(static_cast<std::size_t>(i), 'q') +
           "\": blocked, you can't send, see https://mx.example/?id=" + n + " qid" + n;
  };
  reject_four();
  for (int i = 1; i <= 4; ++i)
    BOOST_TEST(!reject(said(i)));
  BOOST_TEST(reject(said(5)));
}

BOOST_AUTO_TEST_CASE(fixed_words_are_what_stays) {
  const struct {
    const char *text, *recipient, *words;
  } rows[]{
      {"", "", ""},
      {"550 5.7.1 Blocked", "ann@a.example", "blocked"},
      {"user Ann is over; ann@a.example, <ann@a.example>", "ann@a.example", "user is over; , <>"},
      {"you can't say 'this' or \"that\" ('x')", "", "you can't say or ()"},
      {"an \"open quote", "", "an \"open quote"},
      {"  two   spaces  ", "", "two spaces"},
      {"4W7abc 12:30 x9 id", "+15550001", "id"},
  };
  for (const auto& [text, recipient, words] : rows)
    BOOST_TEST(fixed_words(text, recipient) == words);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
