#pragma once

#include "persistence/ledger_error.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

/// The file of a SQLite database. INTERNAL to persistence/.
namespace postrider::persistence {

/// A descriptor that is closed at the end of its owner's life.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept;
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor();
  int get() const { return number_; }

 private:
  int number_ = -1;
};

/// Keeps a database's file for this process, and knows whether it is still where it was. Two
/// servers on one file would both work on its messages, so the lock is the file's, whatever name
/// leads to it: symbolic links are followed, a second hard link is refused.
class sqlite_file {
 public:
  /// Makes the file when there is none. `in_use` when another process has it, `storage` when it is
  /// cut at its end.
  static result<sqlite_file> take(const std::string& name);

  /// The path without symbolic links. SQLite gets this one, so that a link which is changed later
  /// does not lead the next connection elsewhere.
  const std::string& path() const { return path_; }
  /// Call it while a connection is open: from then on the write-ahead log has one file too.
  void remember_log();
  /// Which file is no longer under its name, and what to do; nothing while all are in place.
  /// Thread-safe, some microseconds.
  std::optional<std::string> displaced() const;

 private:
  struct identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const identity&) const = default;
  };

  sqlite_file(std::string name, std::string path, descriptor lock, descriptor file);
  static std::optional<std::string> displaced(const std::string& path, const identity& expected);

  std::string name_, path_;
  /// The descriptor of the lock file beside the database.
  descriptor lock_;
  /// The descriptor of the database. Closing any descriptor of a file ends all POSIX locks that
  /// the process has on it, SQLite's too: it must outlive every connection.
  descriptor file_;
  identity database_;
  std::optional<identity> log_;
};

}  // namespace postrider::persistence
