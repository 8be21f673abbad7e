#include "actors/rules/event_tail.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace postrider::actors {
namespace {

using persistence::bit_of;
using persistence::event_cursor;
using persistence::event_page;
using persistence::event_type;
using persistence::found_event;

/// A feed with one session, whose rows have two events each.
struct tail_fixture {
  tail_fixture() { tail.begin_at(at(0)); }

  static event_cursor at(std::int64_t row) {
    event_cursor cursor;
    cursor.sessions = 1;
    cursor.positions[1] = row;
    return cursor;
  }
  static found_event event_at(std::int64_t row, std::int32_t index) {
    found_event e;
    e.place = {{1, row}, index};
    e.event.transaction = row * 2 + index;
    e.event.user = row;
    e.before_row = std::make_shared<const event_cursor>(at(row - 1));
    return e;
  }
  /// The next `count` rows.
  void add(std::int64_t count) {
    auto page = std::make_shared<event_page>();
    for (std::int64_t i = 0; i < count; ++i) {
      ++rows;
      page->events.push_back(event_at(rows, 0));
      page->events.push_back(event_at(rows, 1));
    }
    page->next = at(rows);
    tail.add(page);
  }
  std::string read(const event_cursor& from, std::int32_t limit = 100, event_filter filter = {}) {
    const auto place = tail.find(from);
    if (!place) return "not there";
    const auto found = tail.read(*place, filter, limit);
    std::string text;
    for (const auto& one : found.events)
      text += std::to_string(one.event->event.transaction) + " ";
    next = found.next;
    return text + (found.more ? "..." : ".");
  }

  event_tail tail;
  std::int64_t rows = 0;
  event_cursor next;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_tails, tail_fixture)

BOOST_AUTO_TEST_CASE(a_reader_at_the_end_has_nothing_to_read) {
  BOOST_TEST(read(at(0)) == ".");
  add(1);
  BOOST_TEST(read(at(1)) == ".");
  BOOST_TEST((next == at(1)));
}

BOOST_AUTO_TEST_CASE(readers_go_on_from_any_place_that_the_tail_gave) {
  add(2);
  add(1);
  BOOST_TEST(read(at(0)) == "2 3 4 5 6 7 .");
  BOOST_TEST(read(at(2)) == "6 7 .");
  BOOST_TEST(read(at(0), 3) == "2 3 4 ...");
  BOOST_TEST(read(next, 2) == "5 6 ...");
  BOOST_TEST(read(next) == "7 .");
  BOOST_TEST((next == at(3)));
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_elsewhere_is_not_on_the_tail) {
  add(2);
  add(1);
  // In the midst of a page, where no answer ended.
  BOOST_TEST(read(at(1)) == "not there");
  auto other = at(0);
  other.positions[2] = 7;
  BOOST_TEST(read(other) == "not there");
  other.within = persistence::event_place{{1, 1}, 1};
  BOOST_TEST(read(other) == "not there");
  tail.clear();
  BOOST_TEST(read(at(3)) == "not there");
}

BOOST_AUTO_TEST_CASE(an_empty_page_moves_the_end) {
  add(1);
  auto empty = std::make_shared<event_page>();
  empty->next = at(5);
  tail.add(empty);
  BOOST_TEST(read(at(5)) == ".");
  BOOST_TEST(read(at(0)) == "2 3 .");
  BOOST_TEST((next == at(5)));
}

BOOST_AUTO_TEST_CASE(filters_let_through_what_a_reader_may_see) {
  add(3);
  event_filter of_users;
  of_users.users = {2, 9};
  BOOST_TEST(read(at(0), 100, of_users) == "4 5 .");
  event_filter of_type;
  of_type.types = bit_of(event_type::message_sent);
  BOOST_TEST(read(at(0), 100, of_type) == ".");
  auto provider = event_at(1, 0);
  provider.event.type = event_type::provider_down;
  BOOST_TEST(matches({}, provider));
  BOOST_TEST(!matches(of_users, provider));
  event_filter tests;
  tests.test_only = true;
  BOOST_TEST(!matches(tests, provider));
  auto of_test = event_at(1, 0);
  BOOST_TEST(!matches(tests, of_test));
  of_test.subject =
      std::make_shared<const persistence::event_subject>(persistence::event_subject{{}, true});
  BOOST_TEST(matches(tests, of_test));
}

BOOST_AUTO_TEST_CASE(memory_is_bounded) {
  for (int i = 0; i < 50; ++i)
    add(100);
  BOOST_TEST(tail.size() <= event_tail::max_events);
  BOOST_TEST(read(at(0)) == "not there");
  BOOST_TEST(read(at(4'900), 1) == "9802 ...");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::actors
