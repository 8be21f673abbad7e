#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace postrider::bench {

// The parts of an answer that the load generator needs; the body is a view of the reader's buffer.
struct answer {
  unsigned status = 0;
  double retry_after_s = 0;  // 0: none was given
  bool closes = false;
  std::string_view body;
};

// Reads HTTP/1.1 answers with a Content-Length, and nothing more general: this runs once for each
// message, on the processor that the server under test would like to have.
class answer_reader {
 public:
  enum class state { needs_more, complete, unusable };

  // Where the next bytes go, and how many there is room for.
  char* room() { return buffer_.data() + size_; }
  std::size_t room_size() const { return buffer_.size() - size_; }

  // Takes note of bytes written to room().
  state add(std::size_t size);
  const answer& result() const { return answer_; }
  // After complete: forgets that answer and keeps what came behind it.
  void next();
  void reset() {
    size_ = 0;
    total_ = 0;
  }
  bool is_empty() const { return size_ == 0; }

 private:
  bool read_head(std::string_view head);

  std::array<char, 16 * 1024> buffer_;
  std::size_t size_ = 0;
  std::size_t total_ = 0;  // head and body; 0 while the head is not complete
  std::size_t body_size_ = 0;
  answer answer_;
};

// The value of "message_id" in a 202 body; empty when there is none.
std::string_view message_id_in(std::string_view body);

}  // namespace postrider::bench
