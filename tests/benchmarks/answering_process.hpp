#pragma once

#include <cstdint>
#include <sys/types.h>

namespace postrider::tests {

/// A server on loopback in a process of its own, so that its work is not counted. It accepts
/// everything at once and keeps its connections. Make it before the first thread.
class answering_process {
 public:
  /// HTTP gets a short 201; SMTP has PIPELINING.
  enum class protocol : std::uint8_t { http, smtp };

  explicit answering_process(protocol spoken);
  ~answering_process();
  answering_process(const answering_process&) = delete;
  answering_process& operator=(const answering_process&) = delete;
  int port() const { return port_; }

 private:
  int port_ = 0;
  pid_t process_ = -1;
};

}  // namespace postrider::tests
