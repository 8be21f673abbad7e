#pragma once

#include <sys/types.h>

namespace postrider::tests {

/// An HTTP server on loopback in a process of its own, so that its work is not counted. It answers
/// every request with a short 201 and keeps its connections. Make it before the first thread.
class answering_process {
 public:
  answering_process();
  ~answering_process();
  answering_process(const answering_process&) = delete;
  answering_process& operator=(const answering_process&) = delete;
  int port() const { return port_; }

 private:
  int port_ = 0;
  pid_t process_ = -1;
};

}  // namespace postrider::tests
