#include "tests/tools/child_process.hpp"

#include <csignal>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace postrider::tests {
namespace {
constexpr int deadline_ms = 10'000;
}

child_process::child_process(const std::vector<std::string>& command) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int failed =
      ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  output_ = ends[0];
  if (failed) throw std::runtime_error("cannot start " + command[0]);
}

child_process::~child_process() {
  ::close(output_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool child_process::read_more() {
  pollfd ready{output_, POLLIN, 0};
  if (::poll(&ready, 1, deadline_ms) != 1) throw std::runtime_error("no output in time");
  char piece[4096];
  const ssize_t size = ::read(output_, piece, sizeof piece);
  if (size <= 0) return false;
  text_.append(piece, static_cast<std::size_t>(size));
  return true;
}

std::string child_process::read_line() {
  while (text_.find('\n') == text_.npos)
    if (!read_more()) return std::exchange(text_, {});
  const std::string line = text_.substr(0, text_.find('\n'));
  text_.erase(0, line.size() + 1);
  return line;
}

std::string child_process::read_all() {
  while (read_more()) {
  }
  return std::exchange(text_, {});
}

void child_process::signal(int number) const { ::kill(pid_, number); }

int child_process::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace postrider::tests
