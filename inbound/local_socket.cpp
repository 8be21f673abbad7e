#include "inbound/local_socket.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace postrider::inbound {
namespace {

static_assert(max_local_socket_path == sizeof(sockaddr_un::sun_path) - 1);

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

/// A path and its key, for sentences about them.
struct named_path {
  const std::string& path;
  std::string_view key;

  std::string cannot_open(std::string_view why) const {
    return fmt::format("cannot open the local socket {}: {}; see {}", path, why, key);
  }
  std::string cannot_open(int error) const { return cannot_open(std::strerror(error)); }
};

/// Locks the folder of a path (flock(2)), so that of two servers that start together neither takes
/// the other's new socket, which does not listen yet, for that of a dead one. Any user who can read
/// the folder could hold this lock, so it is waited for no longer than a start takes. Without it,
/// as on file systems that have no such locks, only that race is left.
class folder_lock {
 public:
  explicit folder_lock(const std::string& path) {
    const auto slash = path.rfind('/');
    const auto folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    constexpr int most_tries = 100;
    for (int i = 0; i < most_tries && descriptor_ >= 0; ++i) {
      if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;
  ~folder_lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  int descriptor_ = -1;
};

/// Empty when there is room for a socket now.
std::string make_room(const named_path& at) {
  const auto& path = at.path;
  switch (look_at_local_socket(path)) {
    case local_socket_state::nothing: return {};
    case local_socket_state::stale: break;
    case local_socket_state::other_file:
      return at.cannot_open("there is another file, which is left alone");
    case local_socket_state::live: return at.cannot_open("another server listens there");
    case local_socket_state::forbidden:
      return at.cannot_open("there is a socket that this user may not look at");
  }
  return ::unlink(path.c_str()) == 0 || errno == ENOENT ? std::string() : at.cannot_open(errno);
}

}  // namespace

std::string too_long_for_socket(std::string_view path, std::string_view key) {
  if (path.size() <= max_local_socket_path) return {};
  return fmt::format(
      "the path of a socket has at most {} bytes, and this one has {}; set {} to a shorter one",
      max_local_socket_path, path.size(), key);
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

boost::system::result<local_socket, std::string> local_socket::open(const std::string& path,
                                                                    const socket_kind& kind) {
  const named_path at{path, kind.key};
  if (auto why = too_long_for_socket(path, kind.key); !why.empty()) return at.cannot_open(why);
  const folder_lock lock(path);
  if (auto why = make_room(at); !why.empty()) return why;
  local_socket made;
  made.descriptor_ = new_socket();
  // The file has the mode of the socket, less the umask, from its first moment on.
  if (made.descriptor_ < 0 || ::fchmod(made.descriptor_, kind.mode) != 0)
    return at.cannot_open(errno);
  const auto address = address_of(path);
  if (::bind(made.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return at.cannot_open(errno);
  made.path_ = path;
  struct stat file {};
  // Gives back what the umask took. The path may be another's link by now: it is not followed.
  if (::fchmodat(AT_FDCWD, path.c_str(), kind.mode, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::lstat(path.c_str(), &file) != 0 || ::listen(made.descriptor_, SOMAXCONN) != 0)
    return at.cannot_open(errno);
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

}  // namespace postrider::inbound
