#include "persistence/sql/sqlite_file.hpp"

#include "persistence/sql/sqlite_size.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace postrider::persistence {
namespace {

namespace fs = std::filesystem;

std::string user_name(uid_t user) {
  std::array<char, 4096> memory;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr)
    return std::to_string(user);
  return found->pw_name;
}

/// Refuses to let root make a file in a service's folder: the service could not open it.
result<void> check_creator(const std::string& database) {
  struct stat about {};
  if (::geteuid() != 0 || ::stat(database.c_str(), &about) == 0) return {};
  const auto folder = fs::absolute(database).parent_path().string();
  if (::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return {};
  const auto owner = user_name(about.st_uid);
  return ledger_error{ledger_errc::bad_settings,
                      "the folder of " + database + " is of the user " + owner +
                          ", who could not use a database that root makes there: run the command "
                          "as that user, for example: runuser -u " +
                          owner + " -- postrider ..."};
}

ledger_error cannot_open(const std::string& path, const std::string& why) {
  return {ledger_errc::bad_settings,
          "cannot open " + path + ": " + why + "; check database.url and who owns the folder"};
}

/// The file itself need not exist.
result<std::string> without_links(const std::string& name) {
  constexpr int links_at_most = 40;
  std::error_code failed;
  fs::path path = fs::absolute(name);
  for (int links = 0; fs::is_symlink(path, failed); ++links) {
    if (links == links_at_most) return cannot_open(name, "too many symbolic links");
    path = path.parent_path() / fs::read_symlink(path, failed);
    if (failed) return cannot_open(name, failed.message());
  }
  const auto folder = fs::canonical(path.parent_path(), failed);
  if (failed) return cannot_open(name, failed.message());
  return (folder / path.filename()).string();
}

/// Gives the lock file to the owner of the database, who must be able to lock it after root looked
/// at it. Only a file that root has just made changes hands.
bool give_to_owner(int lock, const std::string& database) {
  struct stat owner {
  }, made{};
  if (::geteuid() != 0 || ::stat(database.c_str(), &owner) != 0 || owner.st_uid == 0) return true;
  if (::fstat(lock, &made) != 0) return false;
  if (!S_ISREG(made.st_mode) || made.st_nlink != 1 || made.st_uid != 0) return true;
  return ::fchown(lock, owner.st_uid, owner.st_gid) == 0;
}

/// A lock of the name: it holds also while the file under it is exchanged, whose log another server
/// would take for its own.
result<descriptor> lock_name(const std::string& name, const std::string& path) {
  const auto lock_path = path + ".lock";
  // No link: who owns the folder could point root to a file of somebody else.
  descriptor lock(::open(lock_path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (lock.get() < 0) return cannot_open(lock_path, std::strerror(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return ledger_error{ledger_errc::in_use,
                        name + " is used by another process (it holds a lock on " + lock_path +
                            "): stop that one first"};
  if (!give_to_owner(lock.get(), path))
    return ledger_error{
        ledger_errc::bad_settings,
        "cannot give " + lock_path + " to the owner of " + path + ": " + std::strerror(errno)};
  return lock;
}

/// Each name has a journal of its own: two of them destroy the database.
result<void> check_names(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || about.st_nlink < 2) return {};
  return ledger_error{
      ledger_errc::bad_settings,
      path + " has " + std::to_string(about.st_nlink) +
          " names (hard links), and SQLite would keep a journal for each of them, which destroys "
          "the database: remove the other names, which \"find DIRECTORY -xdev -inum " +
          std::to_string(about.st_ino) + "\" lists"};
}

/// A lock of the file, for a file that is mounted under two names. SQLite's own locks are at
/// 0x40000000, far from this byte. Where the file system has no such locks the name's must do.
bool lock_file(int file) {
  struct flock what {};
  what.l_type = F_WRLCK;
  what.l_whence = SEEK_SET;
  what.l_start = 0x7000'0000'0000'0000;
  what.l_len = 1;
  return ::fcntl(file, F_OFD_SETLK, &what) == 0 || (errno != EAGAIN && errno != EACCES);
}

}  // namespace

descriptor::descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

descriptor::~descriptor() {
  if (number_ >= 0) ::close(number_);
}

sqlite_file::sqlite_file(std::string name, std::string path, descriptor lock, descriptor file)
    : name_(std::move(name)),
      path_(std::move(path)),
      lock_(std::move(lock)),
      file_(std::move(file)) {
  struct stat about {};
  if (::fstat(file_.get(), &about) == 0) database_ = {about.st_dev, about.st_ino};
}

result<sqlite_file> sqlite_file::take(const std::string& name) {
  if (auto allowed = check_creator(name); !allowed) return allowed.error();
  auto path = without_links(name);
  if (!path) return path.error();
  auto lock = lock_name(name, *path);
  if (!lock) return lock.error();
  // Before it is opened: closing it again would end the locks of a database in this process.
  if (auto one = check_names(*path); !one) return one.error();
  descriptor file(::open(path->c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (file.get() < 0) return cannot_open(*path, std::strerror(errno));
  if (!lock_file(file.get()))
    return ledger_error{ledger_errc::in_use,
                        name +
                            " is used by another process, which has the same file under "
                            "another name: stop that one first"};
  if (auto missing = missing_pages(file.get(), *path))
    return ledger_error{ledger_errc::no_writes, std::move(*missing)};
  return sqlite_file(name, std::move(*path), std::move(*lock), std::move(file));
}

void sqlite_file::remember_log() {
  struct stat about {};
  if (::stat((path_ + "-wal").c_str(), &about) == 0) log_ = {about.st_dev, about.st_ino};
}

std::optional<std::string> sqlite_file::displaced(const std::string& path,
                                                  const identity& expected) {
  struct stat about {};
  std::string what;
  if (::stat(path.c_str(), &about) != 0)
    what = errno == ENOENT ? " was removed or renamed"
                           : std::string(" cannot be seen any more (") + std::strerror(errno) + ")";
  else if (identity{about.st_dev, about.st_ino} != expected) what = " was replaced by another file";
  else return std::nullopt;
  return path + what +
         " while it was in use; nothing is stored until it is back. Do not stop this process "
         "before "
         "the file is saved: docs/operation.md, \"The database file is gone\", says how";
}

std::optional<std::string> sqlite_file::displaced() const {
  if (auto found = displaced(path_, database_)) return found;
  // It may be a symbolic link that leads elsewhere by now, and will at the next start.
  if (auto found = displaced(name_, database_)) return found;
  return log_ ? displaced(path_ + "-wal", *log_) : std::nullopt;
}

}  // namespace postrider::persistence
