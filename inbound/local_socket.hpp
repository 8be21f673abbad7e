#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// A listening Unix socket (unix(7)) for programs of this machine.
namespace postrider::inbound {

/// The longest path of a Unix socket: `sun_path` without the zero at its end.
inline constexpr std::size_t max_local_socket_path = 107;

/// The users who may connect, as a file's mode, and the configuration's key of the path.
struct socket_kind {
  unsigned mode = 0;
  std::string_view key;
};
/// For the owner of the server and its group.
inline constexpr socket_kind socket_of_commands{0660, "[http] local_socket"};

/// Says that a path is too long for a socket, and what to do; empty when it is not.
std::string too_long_for_socket(std::string_view path, std::string_view key);

/// Whether a server listens at the path and this process may call it.
enum class local_socket_state : std::uint8_t { nothing, stale, live, forbidden, other_file };
local_socket_state look_at_local_socket(const std::string& path);

/// The open socket and its file. The file goes with this object, unless another has taken its
/// place by then.
class local_socket {
 public:
  /// Listens at the path, with the kind's mode before anybody can connect. The file that a dead
  /// server left is replaced; the socket of a live one and any other file are not. Of servers that
  /// start together one gets the path. The error is a sentence for the operator.
  static boost::system::result<local_socket, std::string> open(const std::string& path,
                                                               const socket_kind& kind);

  local_socket() = default;
  local_socket(local_socket&& other) noexcept;
  local_socket& operator=(local_socket&& other) noexcept;
  ~local_socket();

  const std::string& path() const { return path_; }
  /// The descriptor, which is the caller's from now on.
  int release();
  /// Removes the file.
  void remove();

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t device_ = 0, inode_ = 0;
};

}  // namespace postrider::inbound
