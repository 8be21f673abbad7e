#include "persistence/sql/sqlite_room.hpp"

#include "persistence/sql/database_failure.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postrider::persistence {
namespace {

/// More than a batch of short messages takes.
constexpr off_t room_bytes = 1 << 20;

/// A limit on the size of files (RLIMIT_FSIZE) meets the log first.
off_t end_of_log(const std::string& database) {
  struct stat about {};
  return ::stat((database + "-wal").c_str(), &about) == 0 ? about.st_size : 0;
}

}  // namespace

void check_room_beside(const std::string& database) {
  const auto path = database + "-room";
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  int failed = file < 0 ? errno : 0;
  if (file >= 0) {
    // A crash after this leaves nothing behind.
    ::unlink(path.c_str());
    do
      failed = ::posix_fallocate(file, end_of_log(database), room_bytes);
    while (failed == EINTR);
    ::close(file);
  }
  if (failed == 0) return;
  const bool full = failed == ENOSPC || failed == EDQUOT || failed == EFBIG;
  throw database_failure(
      full ? failure_kind::full : failure_kind::storage, failed,
      "cannot make a file of " + std::to_string(room_bytes) + " bytes beside " + database + ": " +
          std::strerror(failed),
      full ? "make room on the disk of the database, or raise the quota or size limit"
           : "check who owns the folder, and look into the kernel's log (dmesg)");
}

}  // namespace postrider::persistence
