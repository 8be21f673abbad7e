#include "tools/bench/mail_exchange.hpp"

#include <algorithm>
#include <charconv>

namespace postrider::bench {
namespace {

constexpr std::string_view hello = "EHLO bench.example\r\n";
constexpr std::string_view end_of_group = "\r\nDATA\r\n";
constexpr std::size_t group_size = 3;  // MAIL, RCPT, DATA
constexpr unsigned unusable_code = 1;

}  // namespace

std::string_view group_of(std::string_view request) {
  return request.substr(0, request.find(end_of_group) + end_of_group.size());
}

bool mail_exchange::begin() {
  at_ = step::greeting;
  size_ = taken_ = 0;
  return false;
}

std::string_view mail_exchange::words() {
  switch (at_) {
    case step::greeting:
    case step::hello: return hello;
    case step::ready: at_ = step::group; return group_of(request_);
    default: return std::string_view(request_).substr(group_of(request_).size());
  }
}

conversation::state mail_exchange::add(std::size_t size) {
  size_ += size;
  state now = state::needs_more;
  while (now == state::needs_more) {
    const unsigned code = take_reply();
    if (code == 0) break;
    now = code == unusable_code ? state::unusable : answered(code);
  }
  if (taken_ == size_) size_ = taken_ = 0;
  return now == state::needs_more && room_size() == 0 ? state::unusable : now;
}

unsigned mail_exchange::take_reply() {
  for (;;) {
    const std::string_view rest(buffer_.data() + taken_, size_ - taken_);
    const std::size_t end = rest.find("\r\n");
    if (end == rest.npos) return 0;
    taken_ += end + 2;
    unsigned code = 0;
    const auto read =
        std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(end, 3), code);
    if (end < 3 || read.ec != std::errc() || code < 200) return unusable_code;
    if (end == 3 || rest[3] == ' ') return code;  // and not one of several lines
  }
}

conversation::state mail_exchange::answered(unsigned code) {
  switch (at_) {
    case step::greeting:
      if (code != 220) return state::unusable;
      at_ = step::hello;
      return state::speaks;
    case step::hello:
      if (code != 250) return state::unusable;
      at_ = step::ready;
      return state::ready;
    case step::ready: return state::unusable;  // 421, mostly
    case step::group: return answered_group(code);
    case step::text: break;
  }
  note(code);
  return state::complete;
}

conversation::state mail_exchange::answered_group(unsigned code) {
  if (code >= 400) note(code);
  if (code == 421) return state::complete;
  if (++replies_ < group_size) return state::needs_more;
  if (code == 354) {
    at_ = step::text;
    return state::speaks;
  }
  return answer_.status == 0 ? state::unusable : state::complete;
}

void mail_exchange::note(unsigned code) {
  if (answer_.status != 0) return;
  answer_.status = code;
  answer_.closes = code == 421;
}

void mail_exchange::next() {
  at_ = step::ready;
  replies_ = 0;
  answer_ = {};
}

}  // namespace postrider::bench
