#pragma once

#include "smtp/memory_budget.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// RFC 5321 lets clients send 1,000 bytes and asks servers to take more where they can. Mail is not
/// sent on by SMTP here, so that a longer line does no harm.
inline constexpr std::size_t max_data_line = 64 * 1024;

/// The mail behind DATA (RFC 5321, 4.1.1.4), until the line that is a dot. Lines end with CRLF and
/// with nothing else. A mail in which another end of a line shows is read to its real end and
/// refused, because its sender may mean less than it says (SMTP smuggling).
class data_reader {
 public:
  enum class fault : std::uint8_t {
    none,
    too_large,
    no_room,  ///< the server holds as much mail as it may
    bare_line_feed,
    bare_return,
    nul,
    line_too_long,
  };

  data_reader(std::size_t max_size, memory_budget& budget) : max_size_(max_size), held_(budget) {}

  /// Takes bytes up to the end of the mail; how many these are.
  std::size_t feed(std::string_view bytes);
  bool done() const { return at_ == place::end; }
  /// The first fault. After one nothing is kept.
  fault wrong() const { return wrong_; }
  /// The mail is far larger than it may be: its end is not worth waiting for.
  bool is_hopeless() const { return received_ / 2 > max_size_ + max_data_line; }
  /// The mail without its last dot and those that doubled others, and the memory that it counts
  /// for.
  std::string& content() { return content_; }

 private:
  /// The place in a line.
  enum class place : std::uint8_t { line_start, inside, after_return, dot, dot_return, end };

  void step(char c);
  void put(char c);
  void refuse(fault why);

  const std::size_t max_size_;
  memory_share held_;
  place at_ = place::line_start;
  fault wrong_ = fault::none;
  std::size_t line_ = 0;
  std::size_t received_ = 0;
  std::string content_;
};

}  // namespace postrider::smtp
