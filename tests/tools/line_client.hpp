#pragma once

#include <string>
#include <string_view>

namespace postrider::tests {

// A blocking connection to a port on loopback that is read line by line, for streams and SMTP.
class line_client {
 public:
  explicit line_client(unsigned short port);
  ~line_client();
  line_client(const line_client&) = delete;
  line_client& operator=(const line_client&) = delete;

  void send(std::string_view text) const;
  // Without its CRLF or LF. When the connection ends, what is there; then `how` tells.
  std::string read_line(int patience_ms = 10'000);

  enum class ending { none, closed, reset, silent };
  ending how() const { return how_; }
  bool is_over() const { return how_ == ending::closed || how_ == ending::reset; }

 private:
  int socket_ = -1;
  std::string text_;
  ending how_ = ending::none;
};

}  // namespace postrider::tests
