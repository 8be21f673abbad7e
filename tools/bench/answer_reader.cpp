#include "tools/bench/answer_reader.hpp"

#include <boost/beast/core/string.hpp>

#include <charconv>
#include <cstring>

namespace postrider::bench {
namespace {

template <typename Number>
bool read_number(std::string_view text, Number& into) {
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, into);
  return read.ec == std::errc() && read.ptr == end;
}

bool is_named(std::string_view name, std::string_view wanted) {
  return name.size() == wanted.size() && boost::beast::iequals(name, wanted);
}

}  // namespace

conversation::state answer_reader::add(std::size_t size) {
  size_ += size;
  if (total_ == 0) {
    const std::string_view seen(buffer_.data(), size_);
    const std::size_t end = seen.find("\r\n\r\n");
    if (end == seen.npos) return room_size() == 0 ? state::unusable : state::needs_more;
    if (!read_head(seen.substr(0, end + 2))) return state::unusable;
    total_ = end + 4 + body_size_;
    if (total_ > buffer_.size()) return state::unusable;
  }
  if (size_ < total_) return state::needs_more;
  answer_.body = std::string_view(buffer_.data() + total_ - body_size_, body_size_);
  return state::complete;
}

bool answer_reader::read_head(std::string_view head) {
  answer_ = answer{};
  bool has_length = false;
  if (!head.starts_with("HTTP/1.") || head.size() < 12) return false;
  if (!read_number(head.substr(9, 3), answer_.status)) return false;
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return false;
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' '))
      value.remove_prefix(1);
    if (is_named(name, "content-length")) {
      has_length = read_number(value, body_size_);
    } else if (is_named(name, "retry-after")) {
      unsigned seconds = 0;
      if (read_number(value, seconds)) answer_.retry_after_s = seconds;
    } else if (is_named(name, "connection")) {
      answer_.closes = is_named(value, "close");
    }
  }
  return has_length;
}

void answer_reader::next() {
  const std::size_t left = size_ - total_;
  if (left > 0) std::memmove(buffer_.data(), buffer_.data() + total_, left);
  size_ = left;
  total_ = 0;
}

std::string_view message_id_in(std::string_view body) {
  constexpr std::string_view name = "\"message_id\"";
  std::size_t at = body.find(name);
  if (at == body.npos) return {};
  at = body.find('"', at + name.size());
  if (at == body.npos) return {};
  return body.substr(at + 1, body.find('"', at + 1) - at - 1);
}

}  // namespace postrider::bench
