#include "tools/postrider/secret.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace postrider::cli {

namespace {

constexpr std::size_t max_secret_bytes = 64 * 1024;

struct open_file {
  int descriptor = -1;
  ~open_file() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

failure unreadable(const std::string& path) {
  return failure::because(
      fmt::format("the file {} cannot be read: {}", path, std::strerror(errno)));
}

/// Root is in every group: who starts the server is asked when it starts.
bool is_in_group(gid_t group) {
  if (::geteuid() == 0 || ::getegid() == group) return true;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const auto count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  return count > 0 && std::find(groups.begin(), groups.begin() + count, group) != groups.end();
}

/// Its group may read it where that is ours: root:postrider 0640 is how a service's secrets lie.
std::string exposure(const std::string& path, const struct stat& about) {
  const auto mode = static_cast<unsigned>(about.st_mode & 07777);
  if ((mode & 037) != 0)
    return fmt::format("the file {} can be {} by others (mode {:04o}): run chmod {} {}", path,
                       (mode & 022) != 0 ? "changed" : "read", mode,
                       (mode & 040) != 0 ? "640" : "600", path);
  if ((mode & 040) != 0 && !is_in_group(about.st_gid))
    return fmt::format(
        "the file {} can be read by a group to which this process does not belong (mode {:04o}): "
        "run chmod 600 {}",
        path, mode, path);
  return {};
}

}  // namespace

outcome<std::string> read_secret_file(const std::string& path) {
  const open_file file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat about {};
  if (file.descriptor < 0 || ::fstat(file.descriptor, &about) != 0) return unreadable(path);
  if (!S_ISREG(about.st_mode))
    return failure::because(fmt::format("{} is not a regular file", path));
  if (auto why = exposure(path, about); !why.empty()) return failure::because(std::move(why));
  std::string secret;
  std::array<char, 4096> piece;
  for (;;) {
    const auto count = ::read(file.descriptor, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path);
    if (count == 0) break;
    secret.append(piece.data(), static_cast<std::size_t>(count));
    if (secret.size() > max_secret_bytes)
      return failure::because(fmt::format("the file {} is too long for a secret", path));
  }
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return failure::because(fmt::format("the file {} is empty", path));
  return secret;
}

outcome<std::string> read_secret_variable(const environment& variables, const std::string& name) {
  const auto found = variables.find(name);
  if (found == variables.end())
    return failure::because(fmt::format("the environment variable {} is not set", name));
  if (found->second.empty())
    return failure::because(fmt::format("the environment variable {} is empty", name));
  return found->second;
}

std::string redacted(const std::string& text) {
  const auto scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const auto begin = scheme + 3;
  const auto at = text.find_last_of('@', text.find_first_of("/?#", begin));
  if (at == std::string::npos || at < begin) return text;
  const auto colon = text.find(':', begin);
  if (colon == std::string::npos || colon > at) return text;
  return text.substr(0, colon + 1) + "***" + text.substr(at);
}

}  // namespace postrider::cli
