#pragma once

#include "actors/api/event_requests.hpp"

#include <deque>

/// The newest events in memory, for all readers that follow the feed. Pure.
namespace postrider::actors {

bool matches(const event_filter& filter, const persistence::found_event& e);

/// The last pages that were read from the feed, one behind the other. A reader whose cursor was
/// given out by this tail is served from it; any other reads the ledger until it has come up to the
/// tail's end (event_query::until), and is on the tail from then on.
class event_tail {
 public:
  using page_ptr = std::shared_ptr<const persistence::event_page>;
  /// Events in memory, and at most a page more.
  static constexpr std::size_t max_events = 4'000;

  /// A place between two events.
  struct position {
    std::size_t page = 0, event = 0;
  };
  struct found {
    page_ptr page;
    const persistence::found_event* event = nullptr;
  };
  struct slice {
    std::vector<found> events;
    persistence::event_cursor next;
    bool more = false;
  };

  /// Empty, with its end there.
  void begin_at(persistence::event_cursor at);
  void clear();
  bool active() const { return end_.has_value(); }
  const persistence::event_cursor& end() const { return *end_; }
  std::size_t size() const { return events_; }

  /// A page that was read from end() on.
  void add(page_ptr page);
  /// Nothing: the reader is not on this tail.
  std::optional<position> find(const persistence::event_cursor& reader) const;
  /// The events from there on that match, at most `limit`.
  slice read(position from, const event_filter& filter, std::int32_t limit) const;

 private:
  struct entry {
    persistence::event_cursor start;
    page_ptr page;
  };

  std::deque<entry> pages_;
  std::optional<persistence::event_cursor> end_;
  std::size_t events_ = 0;
};

}  // namespace postrider::actors
