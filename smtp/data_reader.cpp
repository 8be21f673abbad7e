#include "smtp/data_reader.hpp"

namespace postrider::smtp {

std::size_t data_reader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !done()) {
    // Most bytes are inside of lines.
    if (at_ == place::inside) {
      constexpr std::string_view special("\r\n\0", 3);
      const auto run = bytes.substr(taken, bytes.find_first_of(special, taken) - taken);
      line_ += run.size();
      if (wrong_ == fault::none) content_ += run;
      taken += run.size();
      if (taken == bytes.size()) break;
    }
    step(bytes[taken++]);
  }
  received_ += taken;
  if (line_ > max_data_line) refuse(fault::line_too_long);
  if (content_.size() > max_size_) refuse(fault::too_large);
  if (!held_.grow_to(content_.capacity())) refuse(fault::no_room);
  return taken;
}

void data_reader::step(char c) {
  if (at_ == place::after_return || at_ == place::dot_return) {
    if (c == '\n') {
      const bool last = at_ == place::dot_return;
      at_ = last ? place::end : place::line_start;
      if (!last) put(c);
      if (line_ > max_data_line) refuse(fault::line_too_long);
      line_ = 0;
      return;
    }
    refuse(fault::bare_return);
    at_ = place::inside;
  }
  switch (c) {
    case '\r':
      if (at_ != place::dot) put(c);
      at_ = at_ == place::dot ? place::dot_return : place::after_return;
      return;
    case '\n': refuse(fault::bare_line_feed); break;
    case '\0': refuse(fault::nul); break;
    case '.':
      if (at_ == place::line_start) {
        at_ = place::dot;
        return;
      }
      break;
    default: break;
  }
  ++line_;
  put(c);
  at_ = place::inside;
}

void data_reader::put(char c) {
  if (wrong_ == fault::none) content_ += c;
}

void data_reader::refuse(fault why) {
  if (wrong_ != fault::none) return;
  wrong_ = why;
  std::string().swap(content_);
}

}  // namespace postrider::smtp
