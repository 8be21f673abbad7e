#include "tools/bench/process_watch.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace postrider::bench {

// The second field is the program's name in brackets and may contain anything, so the fields are
// counted from the last bracket: the state is field 3, utime and stime are 14 and 15, rss is 24.
std::optional<process_sample> parse_stat(std::string_view text) {
  const std::size_t bracket = text.rfind(')');
  if (bracket == text.npos) return std::nullopt;
  std::istringstream fields{std::string(text.substr(bracket + 1))};
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    fields >> skipped;
  std::uint64_t user = 0, system = 0, pages = 0;
  fields >> user >> system;
  for (int field = 16; field < 24; ++field)
    fields >> skipped;
  fields >> pages;
  if (!fields) return std::nullopt;
  process_sample result;
  result.cpu_s = static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  result.rss_kib = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
  return result;
}

std::optional<process_sample> sample_process(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return parse_stat(text);
}

}  // namespace postrider::bench
