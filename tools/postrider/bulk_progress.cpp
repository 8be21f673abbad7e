#include "tools/postrider/bulk_progress.hpp"

#include "tools/postrider/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds bar_interval{100};
constexpr milliseconds line_interval{5'000};
constexpr auto clear_line = "\r\x1b[K";

}  // namespace

std::string bulk_bar(const bulk_count& count, milliseconds passed) {
  constexpr std::size_t width = 30;
  const double seconds = std::max(0.001, static_cast<double>(passed.count()) / 1000);
  const auto answered = static_cast<double>(count.accepted + count.refused);
  auto text = fmt::format("{} sent, {:.0f}/s, {} refused", count.accepted + count.refused,
                          answered / seconds, count.refused);
  if (count.file_bytes == 0) return text;
  const double part =
      std::min(1.0, static_cast<double>(count.position) / static_cast<double>(count.file_bytes));
  const auto full = static_cast<std::size_t>(part * width);
  text = fmt::format("[{:<{}}] {:>3.0f}%  {}", std::string(full, '#'), width, part * 100, text);
  // Lines that an earlier run has sent say nothing about the speed of this one.
  if (part < 1 && part > 0 && answered > 0 && count.skipped == 0) {
    const auto left = static_cast<std::int64_t>(seconds * (1 - part) / part + 0.5);
    text += fmt::format(", {} left", duration_text(std::chrono::seconds(left)));
  }
  return text;
}

void bulk_progress::show(const bulk_count& count, clock::time_point now) {
  if (now - shown_ < (terminal_ ? bar_interval : line_interval)) return;
  shown_ = now;
  const auto text = bulk_bar(count, std::chrono::duration_cast<milliseconds>(now - start_));
  drawn_ = terminal_;
  if (terminal_) out_ << clear_line << text << std::flush;
  else out_ << text << std::endl;
}

void bulk_progress::clear() {
  if (std::exchange(drawn_, false)) out_ << clear_line << std::flush;
}

}  // namespace postrider::cli
