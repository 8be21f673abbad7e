#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace postrider::bench {

// The end of a request, as far as the client can know.
enum class final_state { ok, refused, error, unknown };

std::string_view name_of(final_state state);

// One line of JSON for each request, the truth about what was answered 202. Lines are written in
// blocks; what has been written is whole lines after flush() and at the end.
class history {
 public:
  // An empty path keeps no history. Throws std::runtime_error when the file cannot be made.
  explicit history(const std::string& path);

  bool is_kept() const { return kept_; }
  void add(std::uint64_t seq, std::string_view body, final_state state, unsigned http_status,
           std::string_view message_id);
  void flush();

 private:
  bool kept_;
  std::ofstream file_;
  std::string lines_;
};

}  // namespace postrider::bench
