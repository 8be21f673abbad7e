#include "persistence/events.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace postrider::persistence {
namespace {

event sample() {
  event e;
  e.type = event_type::attempt_failed;
  e.transaction = 4711;
  e.message = *parse_message_id("01a22803-702b-7000-8a65-87eb37ec0c3e");
  e.recipient_no = 2;
  e.user = 7;
  e.provider = 3;
  e.attempts = 4;
  e.error = error_code::unavailable;
  e.possible_duplicate = true;
  e.recipient = "+15551234567";
  e.detail = "503 busy";
  return e;
}

event_cursor sample_cursor() {
  event_cursor cursor;
  cursor.sessions = 12;
  cursor.positions = {{3, 65'537}, {12, 0}, {14, 999'999'999}};
  cursor.within = event_place{{14, 1'000'000'000}, 17};
  cursor.read_until = time_point(std::chrono::microseconds(1'700'000'000'123'456));
  return cursor;
}

std::vector<event> there_and_back(const std::vector<event>& events) {
  std::string lines;
  for (const auto& e : events)
    append_event(lines, e);
  return decode_events(lines).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE(events_are_read_as_they_were_written) {
  auto by_hand = sample();
  by_hand.settled_by_hand = true;
  by_hand.possible_duplicate = false;
  event of_provider;
  of_provider.type = event_type::provider_held;
  of_provider.provider = 9;
  BOOST_TEST((there_and_back({sample(), by_hand, of_provider}) ==
              std::vector{sample(), by_hand, of_provider}));
  BOOST_TEST(decode_events("").value().empty());
}

BOOST_AUTO_TEST_CASE(any_text_is_kept) {
  std::mt19937 chance(7);
  for (int i = 0; i < 2000; ++i) {
    auto e = sample();
    for (auto* text : {&e.recipient, &e.detail}) {
      text->clear();
      for (auto left = chance() % 12; left > 0; --left)
        *text += "\t\n\\tn\"' \xc3\xa4"[chance() % 10];
    }
    BOOST_TEST((there_and_back({e, sample()}) == std::vector{e, sample()}));
  }
}

BOOST_AUTO_TEST_CASE(damaged_lines_are_refused) {
  std::string line;
  append_event(line, sample());
  for (std::size_t size = 1; size < line.size(); ++size)
    BOOST_TEST(!decode_events(line.substr(0, size)).has_value());
  BOOST_TEST(!decode_events("0" + line.substr(1)).has_value());
  BOOST_TEST(!decode_events(line.insert(line.size() - 1, "\tmore")).has_value());
}

BOOST_AUTO_TEST_CASE(a_type_of_a_later_release_is_passed_over) {
  std::string line;
  append_event(line, sample());
  const auto events = decode_events("99" + line.substr(1));
  BOOST_REQUIRE(events.has_value());
  BOOST_TEST((events->at(0).type == event_type::unknown));
}

BOOST_AUTO_TEST_CASE(every_type_has_a_name) {
  for (int i = 1; i <= static_cast<int>(last_event_type); ++i) {
    const auto type = static_cast<event_type>(i);
    BOOST_TEST((parse_event_type(to_string(type)) == type));
  }
  BOOST_TEST(!parse_event_type("").has_value());
  BOOST_TEST(!parse_event_type("message.acceptedd").has_value());
}

BOOST_AUTO_TEST_CASE(cursors_are_read_as_they_were_written) {
  BOOST_TEST((decode_cursor(encode_cursor(sample_cursor())) == sample_cursor()));
  BOOST_TEST((decode_cursor(encode_cursor({})) == event_cursor{}));
  auto whole = sample_cursor();
  whole.within.reset();
  BOOST_TEST((decode_cursor(encode_cursor(whole)) == whole));
  BOOST_TEST(
      encode_cursor(sample_cursor()).find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz.") ==
      std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_writer_of_cursors_writes_the_same_texts) {
  cursor_writer writer;
  for (std::int64_t row = 1; row < 4; ++row) {
    auto before = sample_cursor();
    before.within.reset();
    before.positions[14] = row;
    found_event e;
    e.before_row = std::make_shared<const event_cursor>(before);
    for (std::int32_t i = 0; i < 3; ++i) {
      e.place = {{14, row + 1}, i};
      std::string text;
      writer.append(text, e);
      BOOST_TEST(text == encode_cursor(cursor_behind(e)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_place_covers_another_when_it_is_behind_it_in_every_session) {
  event_cursor at;
  at.sessions = 5;
  at.positions = {{2, 70}, {5, 90}};
  const auto with = [&](auto change) {
    auto other = at;
    change(other);
    return other;
  };
  BOOST_TEST(covers(at, at));
  BOOST_TEST(covers(at, {}));
  BOOST_TEST(!covers({}, at));
  const auto later = with([](auto& c) { c.positions[5] = 91; });
  BOOST_TEST(covers(later, at));
  BOOST_TEST(!covers(at, later));
  // Session 2 has ended, and all of it was read.
  const auto ended = with([](auto& c) { c.positions.erase(2); });
  BOOST_TEST(covers(ended, at));
  BOOST_TEST(!covers(at, ended));
  const auto next = with([](auto& c) {
    c.sessions = 6;
    c.positions[6] = 0;
  });
  BOOST_TEST(covers(next, at));
  BOOST_TEST(!covers(at, next));
  // Both have read what the other has not.
  const auto aside = with([](auto& c) { c.positions = {{2, 71}, {5, 89}}; });
  BOOST_TEST(!covers(at, aside));
  BOOST_TEST(!covers(aside, at));
  const auto within = with([](auto& c) { c.within = event_place{{5, 91}, 3}; });
  BOOST_TEST(covers(later, within));
  BOOST_TEST(!covers(at, within));
  BOOST_TEST(!covers(within, at));
}

BOOST_AUTO_TEST_CASE(other_texts_are_no_cursors) {
  for (const auto* text :
       {"", "1", "1.", "2.0.0.0.0.0", "1.0.0.0.0", "1.0.0.0.0.0.1", "1.0.0.0.0.0.", "1.-1.0.0.0.0",
        "1.0.0.0.0.0 ", "1.0.0.0.0.0.1.2.1.2", "1.zzzzzzzzzzzzzzz.0.0.0.0", "1.0.0.1.1.zzzzzzz"})
    BOOST_TEST(!decode_cursor(text).has_value(), text);
  std::string many = "1.0.0.0.0.0";
  for (int i = 0; i < 1001; ++i)
    many += "." + std::to_string(i + 1) + ".1";
  BOOST_TEST(!decode_cursor(many).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::persistence
