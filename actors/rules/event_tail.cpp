#include "actors/rules/event_tail.hpp"

#include <algorithm>
#include <utility>

namespace postrider::actors {

using persistence::bit_of;
using persistence::event_cursor;
using persistence::found_event;

bool matches(const event_filter& filter, const found_event& e) {
  if (filter.types != 0 && (filter.types & bit_of(e.event.type)) == 0) return false;
  if (filter.since && e.at < *filter.since) return false;
  const bool of_message = is_of_message(e.event.type);
  if (filter.test_only && !(of_message && e.subject && e.subject->test)) return false;
  if (filter.users.empty()) return true;
  return of_message && std::ranges::binary_search(filter.users, e.event.user);
}

void event_tail::begin_at(event_cursor at) {
  clear();
  end_ = std::move(at);
}

void event_tail::clear() {
  pages_.clear();
  end_.reset();
  events_ = 0;
}

void event_tail::add(page_ptr page) {
  const auto start = std::exchange(*end_, page->next);
  if (page->events.empty()) return;
  events_ += page->events.size();
  pages_.push_back({start, std::move(page)});
  while (events_ > max_events && pages_.size() > 1) {
    events_ -= pages_.front().page->events.size();
    pages_.pop_front();
  }
}

std::optional<event_tail::position> event_tail::find(const event_cursor& reader) const {
  if (!end_) return std::nullopt;
  if (reader == *end_) return position{pages_.size(), 0};
  auto before = reader;
  before.within.reset();
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    if (!reader.within) {
      if (reader == pages_[i].start) return position{i, 0};
      continue;
    }
    const auto& events = pages_[i].page->events;
    const auto last = std::ranges::find_if(events, [&](const found_event& e) {
      return e.place.row == reader.within->row && e.place.index + 1 == reader.within->index &&
             *e.before_row == before;
    });
    if (last != events.end())
      return position{i, static_cast<std::size_t>(last - events.begin()) + 1};
  }
  return std::nullopt;
}

event_tail::slice event_tail::read(position from, const event_filter& filter,
                                   std::int32_t limit) const {
  slice found;
  for (; from.page < pages_.size(); from = {from.page + 1, 0}) {
    const auto& events = pages_[from.page].page->events;
    for (; from.event < events.size(); ++from.event) {
      const auto& e = events[from.event];
      if (!matches(filter, e)) continue;
      if (std::ssize(found.events) == limit) {
        found.more = true;
        found.next = cursor_behind(*found.events.back().event);
        return found;
      }
      found.events.push_back({pages_[from.page].page, &e});
    }
  }
  found.next = *end_;
  return found;
}

}  // namespace postrider::actors
