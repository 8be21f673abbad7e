#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::actors {

struct server_sent_event {
  /// "message" where the stream does not say.
  std::string type;
  /// The lines of `data`, joined by line feeds.
  std::string data;
  bool operator==(const server_sent_event&) const = default;
};

/// Takes a text/event-stream apart as it arrives (WHATWG HTML, 9.2.6). Lines end with CR, LF or
/// CRLF, wherever the pieces are cut; comments, `id` and `retry` are read over. An event with more
/// than `max_event_bytes` is dropped as a whole. An event that the stream's end cuts off never was.
class server_sent_events {
 public:
  explicit server_sent_events(std::size_t max_event_bytes = 1024 * 1024)
      : max_event_bytes_(max_event_bytes) {}

  /// The events that this piece completes.
  std::vector<server_sent_event> feed(std::string_view piece);

 private:
  void end_line(std::vector<server_sent_event>& complete);
  void take_field(std::string_view name, std::string_view value);
  void end_event(std::vector<server_sent_event>& complete);

  std::size_t max_event_bytes_;
  std::string line_;
  std::string type_;
  /// Each line followed by a line feed.
  std::string data_;
  bool first_line_ = true;
  bool after_carriage_return_ = false;
  bool too_long_ = false;
};

}  // namespace postrider::actors
