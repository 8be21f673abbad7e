#pragma once

#include "tools/bench/conversation.hpp"

namespace postrider::bench {

// Reads HTTP/1.1 answers with a Content-Length, and nothing more general: this runs once for each
// message, on the processor that the server under test would like to have.
class answer_reader final : public conversation {
 public:
  bool begin() override {
    size_ = 0;
    total_ = 0;
    return true;
  }
  std::string_view words() override { return request_; }
  state add(std::size_t size) override;
  void next() override;

 private:
  bool read_head(std::string_view head);

  std::size_t total_ = 0;  // head and body; 0 while the head is not complete
  std::size_t body_size_ = 0;
};

// The value of "message_id" in a 202 body; empty when there is none.
std::string_view message_id_in(std::string_view body);

}  // namespace postrider::bench
