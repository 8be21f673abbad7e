#include "http/connection/header_scan.hpp"

namespace postrider::http {
namespace {

/// The first character of a token (RFC 9110, 5.6.2).
bool begins_a_method(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

header_scan::state header_scan::feed(std::string_view received) {
  if (line_ == 0 && skipped_ == 0 && received.starts_with("\r\n")) skipped_ = line_ = searched_ = 2;
  if (line_ == skipped_ && received.size() > line_) {
    const bool half_an_empty_line = skipped_ == 0 && received == "\r";
    if (!half_an_empty_line && !begins_a_method(received[line_])) return state::not_http;
  }
  for (std::size_t feed; (feed = received.find('\n', searched_)) != received.npos;) {
    if (feed == line_ || received[feed - 1] != '\r') return state::bare_line_feed;
    const bool empty_line = feed == line_ + 1;
    const bool first_line = line_ == skipped_;
    const char first = received[line_];
    if (!first_line && (first == ' ' || first == '\t')) return state::folded;
    line_ = searched_ = feed + 1;
    if (empty_line) return state::complete;
  }
  searched_ = received.size();
  return state::more;
}

}  // namespace postrider::http
