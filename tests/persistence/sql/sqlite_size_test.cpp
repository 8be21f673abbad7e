#include "persistence/sql/sqlite_size.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

using namespace postrider::persistence;

namespace {

constexpr std::uint32_t page_size = 4096;
/// At 4,096 bytes a page.
constexpr std::uint32_t lock_page = 262'145;

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift);
  return bytes;
}

/// A database file of which only the header is written, and a log with one commit.
struct file_and_log {
  ~file_and_log() {
    std::filesystem::remove(path);
    std::filesystem::remove(path + "-wal");
  }

  void write_file(std::uint32_t pages) const {
    std::string header(100, '\0');
    header.replace(0, 16, std::string("SQLite format 3\0", 16));
    header.replace(16, 2, number(page_size).substr(2));
    header.replace(28, 4, number(pages));
    std::ofstream(path, std::ios::binary) << header;
    std::filesystem::resize_file(path, std::uintmax_t{pages} * page_size);
  }
  void write_log(const std::vector<std::uint32_t>& pages, std::uint32_t pages_after_commit) const {
    std::string log = number(0x377f0682) + number(3'007'000) + number(page_size) + number(1) +
                      "saltsalt" + std::string(8, '\0');
    for (const auto page : pages)
      log += number(page) + number(page == pages.back() ? pages_after_commit : 0) + "saltsalt" +
             std::string(8, '\0') + std::string(page_size, 'x');
    std::ofstream(path + "-wal", std::ios::binary) << log;
  }
  std::optional<std::string> missing() const {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    auto found = missing_pages(file, path);
    ::close(file);
    return found;
  }

  std::string path =
      (std::filesystem::temp_directory_path() / ("postrider-size-" + std::to_string(::getpid())))
          .string();
};

std::vector<std::uint32_t> pages_without(std::uint32_t first, std::uint32_t last,
                                         const std::set<std::uint32_t>& left_out) {
  std::vector<std::uint32_t> pages;
  for (auto page = first; page <= last; ++page)
    if (!left_out.contains(page)) pages.push_back(page);
  return pages;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_size, file_and_log)

/// https://sqlite.org/fileformat2.html, 1.4: the lock-byte page is never used, so no log has it.
BOOST_AUTO_TEST_CASE(a_database_that_grows_past_its_lock_page_is_whole) {
  write_file(lock_page - 4);
  write_log(pages_without(lock_page - 3, lock_page + 6, {lock_page}), lock_page + 6);
  BOOST_TEST(!missing().has_value());
}

BOOST_AUTO_TEST_CASE(a_page_that_lacks_beside_the_lock_page_is_missed) {
  write_file(lock_page - 4);
  write_log(pages_without(lock_page - 3, lock_page + 6, {lock_page, lock_page + 2}), lock_page + 6);
  BOOST_TEST(missing().value_or("").find("is cut at its end") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(pages_behind_the_lock_page_are_counted_as_others_are) {
  write_file(lock_page + 10);
  write_log(pages_without(lock_page + 11, lock_page + 20, {}), lock_page + 20);
  BOOST_TEST(!missing().has_value());
  write_log(pages_without(lock_page + 11, lock_page + 20, {lock_page + 15}), lock_page + 20);
  BOOST_TEST(missing().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
