#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::bench {

// The parts of an answer that the load generator needs; the body is a view of the buffer.
struct answer {
  unsigned status = 0;
  double retry_after_s = 0;  // 0: none was given
  bool closes = false;
  std::string_view body;
};

// The client's part of a protocol on one connection that stays open: one request after the other,
// each with one answer that counts.
class conversation {
 public:
  enum class state {
    needs_more,
    speaks,    // words() are to be sent
    ready,     // the first request can be sent
    complete,  // result() is the answer to the request
    unusable,
  };

  virtual ~conversation() = default;
  conversation() = default;
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;

  // The connection is new. False: the server speaks first.
  virtual bool begin() = 0;
  // The whole request, for words() to send.
  std::string& request() { return request_; }
  // The bytes to send at the begin of a request, and in the state `speaks`.
  virtual std::string_view words() = 0;

  // Where the next bytes go, and how many there is room for.
  char* room() { return buffer_.data() + size_; }
  std::size_t room_size() const { return buffer_.size() - size_; }
  // Takes note of bytes written to room().
  virtual state add(std::size_t size) = 0;
  const answer& result() const { return answer_; }
  // After complete: forgets that answer and keeps what came behind it.
  virtual void next() = 0;
  bool is_empty() const { return size_ == 0; }

 protected:
  std::string request_;
  std::array<char, 16 * 1024> buffer_;
  std::size_t size_ = 0;
  answer answer_;
};

}  // namespace postrider::bench
