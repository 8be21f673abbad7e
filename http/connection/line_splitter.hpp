#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::http {

/// Cuts a body that arrives in pieces into lines. Whoever receives appends to `buffer`; what was
/// taken stays in it, for the views, until `compact`.
class line_splitter {
 public:
  enum class found : std::uint8_t {
    nothing,   ///< the next line is not complete
    line,      ///< without its "\n"
    too_long,  ///< a line was passed over: it is longer than the limit
  };
  struct piece {
    found what = found::nothing;
    std::string_view line;
  };

  line_splitter(std::string& buffer, std::size_t max_line_bytes)
      : buffer_(buffer), max_line_bytes_(max_line_bytes) {}

  /// The next line. The last one of a body needs no "\n": `at_end` says that no more bytes come.
  piece next(bool at_end);
  /// Forgets what was taken: of a line that is too long, all that has arrived.
  void compact();

 private:
  piece unfinished(bool at_end);

  std::string& buffer_;
  std::size_t max_line_bytes_;
  std::size_t taken_ = 0;
  /// No line ends before here.
  std::size_t searched_ = 0;
  bool skipping_ = false;
};

}  // namespace postrider::http
