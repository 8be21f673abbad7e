#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postrider::http {

/// Finds the end of a header block in what has been received so far, and the things in it that
/// Beast's parser would let through or wait on for ever. The block goes to the parser only when all
/// of it is there: so its limit counts the whole block, and its parts stay where they are.
class header_scan {
 public:
  enum class state : std::uint8_t {
    more,            ///< the end has not come yet
    complete,        ///< `size()` bytes, the empty line included
    bare_line_feed,  ///< RFC 9112, 2.2: a line ends with CRLF
    folded,          ///< RFC 9112, 5.2: obs-fold
    not_http,        ///< no method can begin like this; TLS on a plain port looks so
  };

  /// `received` begins where it began before, and may be longer.
  state feed(std::string_view received);
  std::size_t size() const { return line_; }
  /// An empty line before the request line is no part of it (RFC 9112, 2.2).
  std::size_t skipped() const { return skipped_; }
  void reset() { *this = {}; }

 private:
  std::size_t line_ = 0;
  std::size_t searched_ = 0;
  std::size_t skipped_ = 0;
};

}  // namespace postrider::http
