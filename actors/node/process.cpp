#include "actors/node/process.hpp"

#include <climits>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <unistd.h>

namespace postrider::actors {
namespace {

/// Field 22 of /proc/<pid>/stat: clock ticks from boot to the process's start; 0 when it ended and
/// only waits for its parent. None when there is no such process, or when it is hidden from us.
std::optional<std::int64_t> start_of(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // The second field is the command's name in parentheses, which may contain anything.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return 0;
  for (int i = 4; i <= 22; ++i)
    fields >> field;
  std::int64_t value = 0;
  std::istringstream(field) >> value;
  return value;
}

}  // namespace

persistence::process_identity this_process() {
  persistence::process_identity self;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> self.boot;
  std::error_code failed;
  self.pid_namespace = std::filesystem::read_symlink("/proc/self/ns/pid", failed).string();
  self.pid = ::getpid();
  self.started = start_of(self.pid).value_or(0);
  return self;
}

bool process_runs(const persistence::process_identity& process) {
  if (process.pid <= 0) return false;
  if (::kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return false;
  // Another user's process is there and may be hidden (proc(5), hidepid): its lease tells.
  const auto started = start_of(process.pid);
  return !started || *started == process.started;
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name) == 0 ? name : "localhost";
}

}  // namespace postrider::actors
