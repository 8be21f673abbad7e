#pragma once

#include "tools/postrider/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <istream>
#include <map>
#include <string>

namespace postrider::cli {

/// What a file was when its sending began.
struct file_identity {
  std::uint64_t bytes = 0;
  /// FNV-1a of all bytes: finds an edit, not an attack.
  std::uint64_t hash = 0;
  bool operator==(const file_identity&) const = default;
};
file_identity identity_of(std::istream& in);

/// Which records of a file were answered, in a small file of its own: ranges such as `1-437`, one
/// after the other as the answers come. It is written before a record counts as answered, so that
/// whatever ends the program, what is not there was not answered.
class bulk_state {
 public:
  /// Remembers nothing longer than the program runs.
  static bulk_state forgetful(std::string run) {
    bulk_state state;
    state.run_ = std::move(run);
    return state;
  }

  /// Begins anew; the failure says why that cannot be written.
  static outcome<bulk_state> begin(const std::string& path, const file_identity& of,
                                   const std::string& run);
  /// Goes on with what is there. A range that was not written to its end is not there.
  static outcome<bulk_state> resume(const std::string& path, const file_identity& of);

  const std::string& run() const { return run_; }
  bool has(std::size_t record) const;
  /// In memory only.
  void add(std::size_t record);
  /// Writes what was added. False when the file does not take it.
  bool save();
  std::size_t count() const { return count_; }

 private:
  bulk_state() = default;
  bool write_whole(const std::string& path, const file_identity& of);

  std::string run_;
  /// First and last record of each range.
  std::map<std::size_t, std::size_t> ranges_;
  std::size_t count_ = 0;
  std::size_t unsaved_first_ = 0, unsaved_last_ = 0;
  std::string unsaved_;
  std::ofstream out_;
};

}  // namespace postrider::cli
