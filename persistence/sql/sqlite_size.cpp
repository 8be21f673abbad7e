#include "persistence/sql/sqlite_size.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fcntl.h>
#include <set>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

// The formats are those of https://sqlite.org/fileformat2.html: sections 1.3 (the header) and 4.1
// (the write-ahead log).
namespace postrider::persistence {
namespace {

constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::string_view what_to_do =
    ". Restore a backup, or save what is left into a new file with the command \"sqlite3 FILE "
    ".recover\"; docs/operation.md says how";

/// Big-endian, as all numbers in these files.
std::uint32_t number_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
  return std::uint32_t{bytes[offset]} << 24 | std::uint32_t{bytes[offset + 1]} << 16 |
         std::uint32_t{bytes[offset + 2]} << 8 | std::uint32_t{bytes[offset + 3]};
}

template <std::size_t Size>
bool read_at(int file, std::int64_t offset, std::array<std::uint8_t, Size>& into) {
  return ::pread(file, into.data(), Size, offset) == static_cast<ssize_t>(Size);
}

std::int64_t size_of(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? about.st_size : 0;
}

/// The newest commit in the log, as far as it adds to the file.
struct logged {
  /// Pages of the whole database after that commit; 0 when the log has no commit.
  std::uint32_t pages = 0;
  std::set<std::uint32_t> beyond_the_end;
};

logged read_log(const std::string& path, std::uint32_t page_size, std::uint32_t pages_in_file) {
  logged found;
  const int log = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (log < 0) return found;
  std::array<std::uint8_t, 32> header{};
  std::array<std::uint8_t, 24> frame{};
  std::set<std::uint32_t> uncommitted;
  if (read_at(log, 0, header) && number_at(header, 8) == page_size) {
    for (std::int64_t at = header.size(); read_at(log, at, frame);
         at += static_cast<std::int64_t>(frame.size()) + page_size) {
      // Frames behind the first one with other salts are of an earlier time.
      if (!std::equal(frame.begin() + 8, frame.begin() + 16, header.begin() + 16)) break;
      if (const auto page = number_at(frame, 0); page > pages_in_file) uncommitted.insert(page);
      const auto pages_after_commit = number_at(frame, 4);
      if (pages_after_commit == 0) continue;
      found.pages = pages_after_commit;
      found.beyond_the_end.merge(uncommitted);
      uncommitted.clear();
    }
  }
  ::close(log);
  return found;
}

std::string pages_missing(const std::string& path, std::int64_t size, std::uint32_t page_size,
                          std::uint32_t pages) {
  return path + " is cut at its end: it has " + std::to_string(size) + " bytes of " +
         std::to_string(std::int64_t{pages} * page_size) + ", so messages are missing" +
         std::string(what_to_do);
}

}  // namespace

std::optional<std::string> missing_pages(int database, const std::string& path) {
  struct stat about {};
  if (::fstat(database, &about) != 0) return std::nullopt;
  const auto log = path + "-wal";
  if (about.st_size == 0) {
    // SQLite would delete the log and begin again.
    if (size_of(log) == 0) return std::nullopt;
    return path + " is empty, but " + log + " has messages of it" + std::string(what_to_do);
  }
  std::array<std::uint8_t, 100> header{};
  if (!read_at(database, 0, header) || !std::equal(magic.begin(), magic.end(), header.begin()))
    return path + " is not a database of SQLite (check database.url), or its beginning is damaged" +
           std::string(what_to_do);
  // An interrupted transaction of the other journal mode is rolled back first, by SQLite.
  if (size_of(path + "-journal") > 0) return std::nullopt;
  const std::uint32_t stored = std::uint32_t{header[16]} << 8 | header[17];
  const std::uint32_t page_size = stored == 1 ? 65'536 : stored;
  if (page_size < 512) return path + " has a damaged header" + std::string(what_to_do);
  const auto pages_in_file = static_cast<std::uint32_t>(about.st_size / page_size);
  const auto in_log = read_log(log, page_size, pages_in_file);
  // Only then the number of pages in the header counts.
  const bool counted = number_at(header, 24) == number_at(header, 92);
  const auto pages = in_log.pages != 0 ? in_log.pages : counted ? number_at(header, 28) : 0;
  if (pages <= pages_in_file) return std::nullopt;
  auto there =
      std::distance(in_log.beyond_the_end.begin(), in_log.beyond_the_end.upper_bound(pages));
  // The page of the byte at 2^30, by which SQLite locks, is never written (section 1.4).
  const auto lock_page = (1U << 30) / page_size + 1;
  const bool beyond = lock_page > pages_in_file && lock_page <= pages;
  if (beyond && !in_log.beyond_the_end.contains(lock_page)) ++there;
  if (there == static_cast<std::int64_t>(pages) - pages_in_file) return std::nullopt;
  return pages_missing(path, about.st_size, page_size, pages);
}

}  // namespace postrider::persistence
