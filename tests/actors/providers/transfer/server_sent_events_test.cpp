#include "actors/providers/transfer/server_sent_events.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>

namespace postrider::actors {

std::ostream& operator<<(std::ostream& out, const server_sent_event& event) {
  return out << event.type << '(' << event.data << ')';
}

namespace {

using namespace std::string_literals;
using events = std::vector<server_sent_event>;

void append(events& to, events more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Whole, cut in two at every byte, and byte by byte: always the same.
void expect(const std::string& stream, const events& wanted) {
  BOOST_TEST_CONTEXT(stream) {
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      server_sent_events parser;
      auto found = parser.feed(std::string_view(stream).substr(0, cut));
      append(found, parser.feed(std::string_view(stream).substr(cut)));
      BOOST_TEST(found == wanted, boost::test_tools::per_element());
    }
    server_sent_events parser;
    events found;
    for (const char c : stream)
      append(found, parser.feed({&c, 1}));
    BOOST_TEST(found == wanted, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE(server_sent_events_)

BOOST_AUTO_TEST_CASE(events_are_those_of_the_standard) {
  const struct {
    std::string stream;
    events found;
  } rows[]{
      {"", {}},
      {"\n\n\n", {}},
      {"data: one\n\n", {{"message", "one"}}},
      // As signal-cli writes them, with its keep-alive lines.
      {"event:receive\ndata:{\"account\":\"+1\"}\n\n:\n:\nevent:receive\ndata:{}\n\n",
       {{"receive", "{\"account\":\"+1\"}"}, {"receive", "{}"}}},
      // The examples of WHATWG HTML, 9.2.6.
      {"data: YHOO\ndata: +2\ndata: 10\n\n", {{"message", "YHOO\n+2\n10"}}},
      {": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third "
       "event\n\n",
       {{"message", "first event"}, {"message", "second event"}, {"message", " third event"}}},
      {"data\n\ndata\ndata\n\ndata:", {{"message", ""}, {"message", "\n"}}},
      {"data:test\n\ndata: test\n\n", {{"message", "test"}, {"message", "test"}}},
      {"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
       {{"add", "73857293"}, {"remove", "2153"}}},
      // A type without data is no event, and does not pass to the next one.
      {"event: add\n\ndata: x\n\n", {{"message", "x"}}},
      {"event: a\nevent: b\ndata: x\n\n", {{"b", "x"}}},
      {"event:\ndata: x\n\n", {{"message", "x"}}},
      // Fields that are not known, and names that only look like those that are.
      {"retry: 10\nfoo: bar\nDATA: x\n data: y\ndata : z\n\n", {}},
      {"retry: 10\ndata: a:b\nid: 7\n\n", {{"message", "a:b"}}},
      {"data: a\0b\n\n"s, {{"message", "a\0b"s}}},
      // An event that the end cuts off never was.
      {"data: one\n\ndata: two\n", {{"message", "one"}}},
      {"data: one\n\ndata: two", {{"message", "one"}}},
  };
  for (const auto& row : rows) {
    expect(row.stream, row.found);
    for (const auto* line_end : {"\r", "\r\n"}) {
      std::string stream;
      events found = row.found;
      for (const char c : row.stream)
        stream.append(c == '\n' ? line_end : std::string(1, c));
      expect(stream, found);
    }
  }
}

BOOST_AUTO_TEST_CASE(line_ends_may_be_mixed) {
  expect("data: a\rdata: b\r\ndata: c\n\r\n", {{"message", "a\nb\nc"}});
  expect("data: a\r\n\r\ndata: b\n\ndata: c\r\r",
         {{"message", "a"}, {"message", "b"}, {"message", "c"}});
  expect("data: a\n\rdata: b\n\n", {{"message", "a"}, {"message", "b"}});
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_dropped_at_the_very_beginning_only) {
  expect(
      "\xef\xbb\xbf"
      "data: a\n\n",
      {{"message", "a"}});
  expect("\xef\xbb\xbf\ndata: a\n\n", {{"message", "a"}});
  expect(
      "data: a\n\n\xef\xbb\xbf"
      "data: b\n\n",
      {{"message", "a"}});
  expect(
      "\xef\xbb\xbf\xef\xbb\xbf"
      "data: a\n\n",
      {});
}

BOOST_AUTO_TEST_CASE(an_event_that_is_too_long_is_dropped_as_a_whole) {
  const struct {
    std::string stream;
    events found;
  } rows[]{
      {"data: 34567890\n\n", {{"message", "34567890"}}},
      {"data: 345678901234567890\n\ndata: b\n\n", {{"message", "b"}}},
      {"data: 3\ndata: 345678901234567890\ndata: 5\n\ndata: b\n\n", {{"message", "b"}}},
      {"data: 3456\ndata: 3456\ndata: 3456\n\ndata: b\n\n", {{"message", "b"}}},
      {"event: 345678901234567890\ndata: 1\n\ndata: b\n\n", {{"message", "b"}}},
      // Lines of their own are short enough, however many there are.
      {"data: a\n\n:345678\n:345678\n:345678\ndata: b\n\n", {{"message", "a"}, {"message", "b"}}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.stream) {
      for (std::size_t cut = 0; cut <= row.stream.size(); ++cut) {
        server_sent_events parser(16);
        auto found = parser.feed(std::string_view(row.stream).substr(0, cut));
        append(found, parser.feed(std::string_view(row.stream).substr(cut)));
        BOOST_TEST(found == row.found, boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_without_end_takes_no_more_memory_than_an_event) {
  server_sent_events parser(1024);
  for (int i = 0; i < 100'000; ++i)
    BOOST_TEST_REQUIRE(parser.feed(std::string(1000, 'x')).empty());
  BOOST_TEST(parser.feed("\n\ndata: a\n\n") == (events{{"message", "a"}}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
