#include "tests/simulation/event_audit.hpp"

#include "persistence/attempts.hpp"

#include <algorithm>
#include <set>

namespace postrider::tests {

using namespace persistence;

namespace {

constexpr std::int32_t whole_page = 200;

std::string text_of(const found_event& found) {
  std::string text = "\n    " + to_string(found.place) + " " +
                     std::string(to_string(found.event.type)) + " of transaction " +
                     std::to_string(found.event.transaction) + ", attempts " +
                     std::to_string(found.event.attempts);
  if (found.event.error != error_code::none)
    text += ", " + std::string(to_string(found.event.error));
  return text;
}

std::string text_of(const std::vector<found_event>& events) {
  std::string text;
  for (const auto& e : events)
    text += text_of(e);
  return text;
}

bool is_end(event_type type) {
  return type == event_type::message_failed || type == event_type::message_cancelled ||
         type == event_type::message_expired;
}

event_type end_event(error_code error) {
  return error == error_code::cancelled ? event_type::message_cancelled
         : error == error_code::expired ? event_type::message_expired
                                        : event_type::message_failed;
}

event_type receipt_event(receipt kind) {
  return kind == receipt::read        ? event_type::message_read
         : kind == receipt::delivered ? event_type::message_delivered
                                      : event_type::message_undelivered;
}

/// The events of one row, against the row as it is in the end.
class row_check {
 public:
  row_check(const transaction& row, const std::vector<found_event>& told) : row_(row) {
    for (const auto& e : told)
      if (e.event.transaction == row.id) events_.push_back(e);
  }

  void run(std::vector<std::string>& wrong) const {
    const bool first = row_.chain_no == 0 && row_.retry_count == 0;
    expect(count(event_type::message_accepted) == (first ? 1 : 0), "accepted", wrong);
    const bool success = row_.status == transaction_status::success;
    // A receipt may take a success back, and a later word makes it one again.
    if (success) expect(count(event_type::message_sent) >= 1, "sent", wrong);
    if (row_.receipt >= receipt::undelivered)
      expect(count(receipt_event(row_.receipt)) == 1, "receipt", wrong);
    const bool ended = row_.status == transaction_status::failed && row_.superseded_by == 0;
    if (ended) {
      const auto last = std::find_if(events_.rbegin(), events_.rend(),
                                     [](const auto& e) { return is_end(e.event.type); });
      expect(last != events_.rend() && last->event.type == end_event(row_.error) &&
                 last->event.error == row_.error,
             "end", wrong);
    }
  }

 private:
  std::ptrdiff_t count(event_type type) const {
    return std::ranges::count_if(events_, [&](const auto& e) { return e.event.type == type; });
  }
  void expect(bool holds, const char* what, std::vector<std::string>& wrong) const {
    if (!holds)
      wrong.push_back("the feed tells the " + std::string(what) + " of transaction " +
                      std::to_string(row_.id) + " otherwise than its row:" + text_of(events_));
  }

  const transaction& row_;
  std::vector<found_event> events_;
};

}  // namespace

void event_audit::note(const found_event& found, std::vector<std::string>& wrong) {
  ++events_;
  if (!is_of_message(found.event.type)) return;
  auto& before = told_[found.event.message];
  const auto same = [&](const found_event& e) {
    return e.event.recipient_no == found.event.recipient_no;
  };
  const bool first = std::ranges::none_of(before, same);
  if (first != (found.event.type == event_type::message_accepted) && !missed_some_)
    wrong.push_back("an event is out of order:" + text_of(before) + text_of(found));
  if (std::ranges::find(before, found.place, &found_event::place) != before.end())
    wrong.push_back("an event was read twice:" + text_of(found));
  before.push_back(found);
}

std::vector<std::string> event_audit::read(time_point now, std::int32_t limit) {
  std::vector<std::string> wrong;
  auto page = queries_->read_events({decode_cursor(place_).value(), {}, limit}, now).value();
  more_ = page.more;
  if (page.too_old) {
    missed_some_ = true;
    page.next = queries_->end_of_events(now).value();
  }
  for (const auto& e : page.events)
    note(e, wrong);
  place_ = encode_cursor(page.next);
  return wrong;
}

std::vector<std::string> event_audit::read_all(time_point now) {
  std::vector<std::string> wrong;
  do
    std::ranges::move(read(now, whole_page), std::back_inserter(wrong));
  while (more_);
  return wrong;
}

std::vector<std::string> event_audit::check(const message_id& message) {
  std::vector<std::string> wrong;
  const auto found = queries_->find_message(message).value();
  if (!found || missed_some_) return wrong;
  const auto& told = told_[message];
  // The numbers of the attempts of each chain: each attempt is told, as failed or as sent.
  std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> made;
  std::map<std::pair<std::int32_t, std::int32_t>, std::set<std::int32_t>> told_of;
  for (const auto& [row, archived] : found->transactions) {
    row_check(row, told).run(wrong);
    const auto chain = std::pair(row.recipient_no, row.chain_no);
    made[chain] = std::max(made[chain], count_attempts(row.attempts));
    for (const auto& e : told)
      if (e.event.transaction == row.id &&
          (e.event.type == event_type::attempt_failed || e.event.type == event_type::message_sent))
        told_of[chain].insert(e.event.attempts);
  }
  for (const auto& [chain, attempts] : made)
    for (std::int32_t number = 1; number <= attempts; ++number)
      if (!told_of[chain].contains(number))
        wrong.push_back("attempt " + std::to_string(number) + " of " + to_string(message) + "/" +
                        std::to_string(chain.first) + " is not told:" + text_of(told));
  return wrong;
}

}  // namespace postrider::tests
