#pragma once

#include "tests/persistence/ledger_fixture.hpp"

#include <map>
#include <set>

namespace postrider::test {

/// Reads the feed, a few events at a time.
struct event_fixture : ledger_fixture {
  /// Moves `from` behind what it gives.
  std::vector<found_event> read(event_cursor& from, std::int32_t limit = 100) {
    std::vector<found_event> all;
    for (;;) {
      auto page = queries->read_events({from, {}, limit}, now).value();
      BOOST_TEST(!page.too_old);
      // As a client keeps it.
      from = decode_cursor(encode_cursor(page.next)).value();
      all.insert(all.end(), std::make_move_iterator(page.events.begin()),
                 std::make_move_iterator(page.events.end()));
      if (!page.more) return all;
    }
  }
  std::vector<found_event> read_all() {
    event_cursor from;
    return read(from);
  }

  /// "accepted; attempt failed; sent": the feed in short, with the recipient's number where a
  /// message has several.
  std::string told() {
    const auto all = read_all();
    std::map<message_id, std::int32_t> recipients;
    for (const auto& e : all) {
      auto& most = recipients[e.event.message];
      most = std::max(most, e.event.recipient_no);
    }
    std::string text;
    for (const auto& e : all) {
      std::string name(to_string(e.event.type));
      if (e.event.type == event_type::attempt_failed) name = "attempt failed";
      else name.erase(0, name.find('.') + 1);
      if (recipients[e.event.message] > 0) name += ' ' + std::to_string(e.event.recipient_no);
      text.append(text.empty() ? "" : "; ").append(name);
    }
    return text;
  }

  /// Events of one recipient are in an order in which they can have happened, and none is twice.
  static void check_order(const std::vector<found_event>& events) {
    std::set<event_place> seen;
    struct history {
      bool accepted = false;
      std::int32_t attempts = 0;
    };
    std::map<std::pair<message_id, std::int32_t>, history> of_recipients;
    for (const auto& e : events) {
      BOOST_TEST(seen.insert(e.place).second, "read twice: " << to_string(e.place));
      auto& before = of_recipients[{e.event.message, e.event.recipient_no}];
      const bool is_first = e.event.type == event_type::message_accepted;
      BOOST_TEST(before.accepted != is_first, to_string(e.place) << " is out of order");
      BOOST_TEST(e.event.attempts >= before.attempts, to_string(e.place) << " is out of order");
      before = {true, e.event.attempts};
    }
  }
};

}  // namespace postrider::test
