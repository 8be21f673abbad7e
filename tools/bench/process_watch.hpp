#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::bench {

struct process_sample {
  double cpu_s = 0;  // user and system, of all threads
  std::uint64_t rss_kib = 0;
};

// Reads the text of /proc/PID/stat (proc(5)); nullopt when it is not one.
std::optional<process_sample> parse_stat(std::string_view text);
std::optional<process_sample> sample_process(int pid);

// CPU and memory of one process at the start, the middle and the end of a run. A process that has
// gone keeps what was last seen of it.
struct process_record {
  std::string name;
  int pid = 0;
  std::optional<process_sample> start, middle, end;

  void sample(std::optional<process_sample> process_record::*which) {
    if (auto seen = sample_process(pid)) this->*which = seen;
  }
};

}  // namespace postrider::bench
