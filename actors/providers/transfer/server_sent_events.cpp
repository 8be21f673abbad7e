#include "actors/providers/transfer/server_sent_events.hpp"

#include <algorithm>
#include <utility>

namespace postrider::actors {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

std::vector<server_sent_event> server_sent_events::feed(std::string_view piece) {
  std::vector<server_sent_event> complete;
  while (!piece.empty()) {
    // The second half of a CRLF ends no line of its own.
    if (std::exchange(after_carriage_return_, false) && piece.front() == '\n') {
      piece.remove_prefix(1);
      continue;
    }
    const auto end = std::min(piece.find_first_of("\r\n"), piece.size());
    if (line_.size() + end + data_.size() > max_event_bytes_) {
      too_long_ = true;
      // An empty line would be taken for the event's end.
      line_ = ":";
    } else {
      line_.append(piece.substr(0, end));
    }
    piece.remove_prefix(end);
    if (piece.empty()) break;
    after_carriage_return_ = piece.front() == '\r';
    piece.remove_prefix(1);
    end_line(complete);
  }
  return complete;
}

void server_sent_events::end_line(std::vector<server_sent_event>& complete) {
  const auto line = std::exchange(line_, {});
  std::string_view text = line;
  if (std::exchange(first_line_, false) && text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  if (text.empty()) return end_event(complete);
  // A line that begins with a colon is a comment: a field without a name.
  const auto colon = text.find(':');
  auto value = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  take_field(text.substr(0, colon), value);
}

void server_sent_events::take_field(std::string_view name, std::string_view value) {
  if (name == "event") {
    type_ = value;
  } else if (name == "data") {
    data_.append(value).append("\n");
  }
}

void server_sent_events::end_event(std::vector<server_sent_event>& complete) {
  auto type = std::exchange(type_, {});
  auto data = std::exchange(data_, {});
  if (std::exchange(too_long_, false) || data.empty()) return;
  data.pop_back();
  complete.push_back({type.empty() ? "message" : std::move(type), std::move(data)});
}

}  // namespace postrider::actors
