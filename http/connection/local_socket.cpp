#include "http/connection/local_socket.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace postrider::http {
namespace {

static_assert(max_local_socket_path == sizeof(sockaddr_un::sun_path) - 1);

constexpr mode_t owner_and_group = 0660;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

int call(int descriptor, const std::string& path) {
  const auto address = address_of(path);
  const auto* at = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(descriptor, at, sizeof address) == 0 ? 0 : errno;
}

std::string cannot_open(const std::string& path, std::string_view why) {
  return fmt::format("cannot open the local socket {}: {}; see [http] local_socket", path, why);
}

std::string cannot_open(const std::string& path, int error) {
  return cannot_open(path, std::strerror(error));
}

/// Empty when there is room for a socket now.
std::string make_room(const std::string& path) {
  switch (look_at_local_socket(path)) {
    case local_socket_state::nothing: return {};
    case local_socket_state::stale: break;
    case local_socket_state::other_file:
      return cannot_open(path, "there is another file, which is left alone");
    case local_socket_state::live: return cannot_open(path, "another server listens there");
    case local_socket_state::forbidden:
      return cannot_open(path, "there is a socket that this user may not look at");
  }
  return ::unlink(path.c_str()) == 0 || errno == ENOENT ? std::string() : cannot_open(path, errno);
}

}  // namespace

std::string too_long_for_socket(std::string_view path) {
  if (path.size() <= max_local_socket_path) return {};
  return fmt::format(
      "the path of a socket has at most {} bytes, and this one has {}; set [http] local_socket to "
      "a shorter one, or to \"none\"",
      max_local_socket_path, path.size());
}

local_socket_state look_at_local_socket(const std::string& path) {
  struct stat found {};
  if (path.size() > max_local_socket_path) return local_socket_state::nothing;
  if (::lstat(path.c_str(), &found) != 0)
    return errno == EACCES ? local_socket_state::forbidden : local_socket_state::nothing;
  if (!S_ISSOCK(found.st_mode)) return local_socket_state::other_file;
  const int descriptor = new_socket();
  if (descriptor < 0) return local_socket_state::live;
  const int error = call(descriptor, path);
  ::close(descriptor);
  switch (error) {
    case ECONNREFUSED: return local_socket_state::stale;
    case ENOENT: return local_socket_state::nothing;
    case EACCES:
    case EPERM: return local_socket_state::forbidden;
    // EAGAIN: its queue is full, so somebody listens.
    default: return local_socket_state::live;
  }
}

boost::system::result<local_socket, std::string> local_socket::open(const std::string& path) {
  if (auto why = too_long_for_socket(path); !why.empty()) return cannot_open(path, why);
  if (auto why = make_room(path); !why.empty()) return why;
  local_socket made;
  made.descriptor_ = new_socket();
  if (made.descriptor_ < 0) return cannot_open(path, errno);
  const auto address = address_of(path);
  if (::bind(made.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return cannot_open(path, errno);
  made.path_ = path;
  struct stat file {};
  // Before listen() nobody can connect, whatever the umask gave the file.
  if (::chmod(path.c_str(), owner_and_group) != 0 || ::lstat(path.c_str(), &file) != 0 ||
      ::listen(made.descriptor_, SOMAXCONN) != 0)
    return cannot_open(path, errno);
  made.device_ = file.st_dev;
  made.inode_ = file.st_ino;
  return made;
}

local_socket::local_socket(local_socket&& other) noexcept { *this = std::move(other); }

local_socket& local_socket::operator=(local_socket&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

local_socket::~local_socket() {
  remove();
  if (descriptor_ >= 0) ::close(descriptor_);
}

int local_socket::release() { return std::exchange(descriptor_, -1); }

void local_socket::remove() {
  const std::string path = std::exchange(path_, {});
  struct stat file {};
  if (path.empty() || ::lstat(path.c_str(), &file) != 0) return;
  if (inode_ == 0 || (file.st_dev == device_ && file.st_ino == inode_)) ::unlink(path.c_str());
}

}  // namespace postrider::http
