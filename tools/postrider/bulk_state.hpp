#pragma once

#include "tools/postrider/failure.hpp"
#include "tools/postrider/record_ranges.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::cli {

/// The identity of a file when its sending began.
struct file_identity {
  std::uint64_t bytes = 0;
  /// FNV-1a of all bytes: finds an edit, not an attack.
  std::uint64_t hash = 0;
  bool operator==(const file_identity&) const = default;
};
file_identity identity_of(std::istream& in);
/// The sum of a record at its place in the file.
std::uint64_t print_of(std::size_t record, std::string_view text);

/// Which records of a file were answered, in a small file of its own: ranges such as `1-437 SUM` of
/// accepted ones and `refused 438-440`, one after the other as the answers come. It is written
/// before a record counts as answered, so that whatever ends the program, what is not there was not
/// answered. `kept 438-440` says that these were copied to FILE.refused. SUM adds up the prints of
/// the accepted records, so that a file whose refused records were corrected is known again.
///
/// The file also says which were posted, when, and with which API key: `posted 401-500 1763869200`
/// is written before the first of them is posted, `unposted 438-500` when they surely were not
/// stored. What was posted and not answered is in doubt: a server recognises it by its idempotency
/// key, for 24 hours, and for that API key only.
class bulk_state {
 public:
  using wall_time = std::chrono::sys_seconds;
  /// Records that are noted as posted at once. After a kill so many more are in doubt at most.
  static constexpr std::size_t posted_at_once = 100;

  /// Remembers nothing longer than the program runs.
  static bulk_state forgetful(std::string run) {
    bulk_state state;
    state.run_ = std::move(run);
    return state;
  }

  /// A new state, with nothing written yet.
  static bulk_state begin(const file_identity& of, std::string run);
  /// The state on disk. A line that was not written to its end is left out.
  static outcome<bulk_state> read(const std::string& path);
  /// Writes it whole, and from now on what is added. The failure says why it cannot.
  std::optional<failure> open(const std::string& path, const std::string& key);

  const std::string& run() const { return run_; }
  /// The start of the API key that was used so far, "none" without one.
  const std::string& key() const { return key_; }
  /// The file that it belongs to.
  const file_identity& of() const { return of_; }
  /// The file was corrected: what was refused is to be sent again.
  void go_on_with(const file_identity& corrected);
  bool has(std::size_t record) const { return accepted_.has(record) || refused_.has(record); }
  /// It was accepted, and its text has this print. In memory only.
  void add(std::size_t record, std::uint64_t print = 0);
  /// It was refused for good. In memory only.
  void refuse(std::size_t record);
  const record_ranges& accepted() const { return accepted_; }
  const record_ranges& refused() const { return refused_; }
  /// The sums of all accepted records, added up.
  std::uint64_t sum() const { return sum_; }
  /// Refused ones that were copied to FILE.refused.
  const record_ranges& kept() const { return kept_; }
  void keep(std::size_t record) { kept_.add(record); }
  void forget_kept() { kept_ = {}; }
  /// Writes what was accepted, refused and posted. False when the file does not take it.
  bool save();
  /// Writes all of it: on the disk is the state before or this one, never a part.
  bool save_whole();

  /// It is about to be posted, again or for the first time. False when the file does not take it.
  bool post(std::size_t record, wall_time now);
  /// Surely not stored by the last post; earlier ones stay in doubt.
  void not_stored(std::size_t record);
  /// The file ends with this record: later ones were noted, and never posted.
  void not_posted_after(std::size_t last);
  /// Nothing more is posted.
  bool end();
  /// Records in doubt, and since when.
  std::map<std::size_t, wall_time> in_doubt() const;
  /// It is as if these were never posted.
  void forget(std::size_t record) { posted_.erase(record); }

 private:
  struct post_note {
    wall_time first{};
    /// An earlier post was left without an answer.
    bool again = false;
  };

  bulk_state() = default;
  void unpost_rest();
  bool read_line(const std::string& line);
  bool read_range(std::string_view text, std::size_t& first, std::size_t& last) const;
  void note_unsaved(std::size_t record, std::string_view kind, std::uint64_t print);
  void end_unsaved();

  file_identity of_;
  std::string run_, key_ = "none";
  record_ranges accepted_, refused_, kept_;
  std::uint64_t sum_ = 0;
  /// The range that the next records may lengthen; none when `first` is 0.
  struct unsaved_range {
    std::string_view kind;
    std::size_t first = 0, last = 0;
    std::uint64_t sum = 0;
  };
  unsaved_range growing_;
  std::string unsaved_;
  /// Noted in the file, and not posted yet: none when the first is greater than the last.
  std::size_t noted_first_ = 1, noted_last_ = 0;
  wall_time noted_{};
  std::map<std::size_t, post_note> posted_;
  std::string path_;
  std::ofstream out_;
};

}  // namespace postrider::cli
