#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace postrider::tests {

// A program that a test has started, with its standard output at hand. What is still running at
// the end of the test is killed.
class child_process {
 public:
  explicit child_process(const std::vector<std::string>& command);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }
  // The next line without its newline; empty at the end of the output. Throws std::runtime_error
  // when none comes within ten seconds.
  std::string read_line();
  std::string read_all();
  void signal(int number) const;
  // The exit code, or 128 plus the signal that ended it.
  int wait();

 private:
  bool read_more();

  pid_t pid_ = -1;
  int output_ = -1;
  std::string text_;
};

}  // namespace postrider::tests
