#include "tools/postrider/bulk_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

namespace postrider::cli {

namespace {

constexpr std::string_view first_words = "postrider bulk ", version = "3";
constexpr std::string_view refused_kind = "refused ", kept_kind = "kept ";
constexpr std::uint64_t fnv_start = 0xcbf29ce484222325, fnv_prime = 0x100000001b3;

failure cannot_write(const std::string& path) {
  return failure::because(fmt::format("cannot write the progress file {}", path));
}

std::string posted_line(std::size_t first, std::size_t last, bulk_state::wall_time when) {
  return fmt::format("posted {}-{} {}\n", first, last, when.time_since_epoch().count());
}

std::string unposted_line(std::size_t first, std::size_t last) {
  return fmt::format("unposted {}-{}\n", first, last);
}

std::string identity_line(const file_identity& of) {
  return fmt::format("file {} {:016x}", of.bytes, of.hash);
}

bool read_identity(const std::string& line, file_identity& of) {
  std::istringstream words(line);
  std::string kind;
  words >> kind >> of.bytes >> std::hex >> of.hash;
  return words && kind == "file";
}

}  // namespace

file_identity identity_of(std::istream& in) {
  file_identity found{0, fnv_start};
  auto& buffer = *in.rdbuf();
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    ++found.bytes;
    found.hash = (found.hash ^ static_cast<unsigned>(c)) * fnv_prime;
  }
  return found;
}

std::uint64_t print_of(std::size_t record, std::string_view text) {
  std::uint64_t hash = fnv_start;
  for (auto rest = record; rest > 0; rest >>= 8)
    hash = (hash ^ (rest & 0xff)) * fnv_prime;
  for (const unsigned char c : text)
    hash = (hash ^ c) * fnv_prime;
  // Prints are added up: their low bits must not be alike.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  return hash ^ (hash >> 33);
}

bulk_state bulk_state::begin(const file_identity& of, std::string run) {
  bulk_state state;
  state.of_ = of;
  state.run_ = std::move(run);
  return state;
}

std::optional<failure> bulk_state::open(const std::string& path, const std::string& key) {
  key_ = key;
  path_ = path;
  if (!save_whole()) return cannot_write(path);
  return std::nullopt;
}

outcome<bulk_state> bulk_state::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  if (!file) return failure::because(fmt::format("cannot read {}", path));
  std::istringstream lines(all.str().substr(0, all.str().rfind('\n') + 1));
  std::string line;
  std::getline(lines, line);
  if (!line.starts_with(first_words))
    return failure::because(fmt::format("{} is not what \"postrider bulk\" writes", path));
  if (const auto found = line.substr(first_words.size()); found != version)
    return failure::because(
        fmt::format("{} was written by another version of this program: its format is {}, and this "
                    "one reads {}. Finish the file with the program that began it",
                    path, found, version));
  std::getline(lines, line);
  file_identity of;
  if (!read_identity(line, of))
    return failure::because(fmt::format("{} is damaged at \"{}\"", path, line));
  auto state = begin(of, {});
  const auto value = [&] {
    std::getline(lines, line);
    return line.substr(line.find(' ') + 1);
  };
  state.run_ = value();
  state.key_ = value();
  while (std::getline(lines, line))
    if (!state.read_line(line))
      return failure::because(fmt::format("{} is damaged at \"{}\"", path, line));
  state.unsaved_.clear();
  state.growing_ = {};
  return state;
}

/// `1-437`. A file has no more records than bytes.
bool bulk_state::read_range(std::string_view text, std::size_t& first, std::size_t& last) const {
  const auto* end = text.data() + text.size();
  const auto dash = std::from_chars(text.data(), end, first);
  if (dash.ec != std::errc() || dash.ptr == end || *dash.ptr != '-') return false;
  const auto rest = std::from_chars(dash.ptr + 1, end, last);
  return rest.ec == std::errc() && rest.ptr == end && first <= last && last <= of_.bytes;
}

bool bulk_state::read_line(const std::string& line) {
  std::istringstream words(line);
  std::string kind, range;
  std::int64_t seconds = 0;
  std::uint64_t sum = 0;
  std::size_t first = 0, last = 0;
  words >> kind;
  const bool posted = kind == "posted", unposted = kind == "unposted";
  const bool refused = kind == "refused", kept = kind == "kept";
  const bool accepted = !posted && !unposted && !refused && !kept;
  if (accepted) words >> std::hex >> sum;
  else words >> range;
  if (posted) words >> seconds;
  if (!words || !read_range(accepted ? kind : range, first, last)) return false;
  if (posted && last - first >= posted_at_once) return false;
  for (auto record = first; record <= last; ++record) {
    if (unposted) posted_.erase(record);
    else if (accepted) add(record);
    else if (refused) refuse(record);
    else if (kept) kept_.add(record);
    else if (!has(record)) posted_.try_emplace(record, wall_time(std::chrono::seconds(seconds)));
  }
  sum_ += sum;
  return true;
}

/// Beside it and renamed: the file is the old one or the new one, never half of one.
bool bulk_state::save_whole() {
  unsaved_.clear();
  growing_ = {};
  const auto fresh = path_ + ".new";
  out_ = std::ofstream(fresh, std::ios::binary | std::ios::trunc);
  out_ << first_words << version << '\n' << identity_line(of_);
  out_ << "\nrun " << run_ << "\nkey " << key_ << '\n';
  // The sum is one number: the first range has all of it.
  auto sum = sum_;
  for (const auto& [first, last] : accepted_.ranges())
    out_ << fmt::format("{}-{} {:016x}\n", first, last, std::exchange(sum, 0));
  for (const auto& [first, last] : refused_.ranges())
    out_ << refused_kind << first << '-' << last << '\n';
  for (const auto& [first, last] : kept_.ranges())
    out_ << kept_kind << first << '-' << last << '\n';
  for (const auto& [record, since] : in_doubt())
    out_ << posted_line(record, record, since);
  out_.flush();
  std::error_code error;
  if (out_) std::filesystem::rename(fresh, path_, error);
  return out_ && !error;
}

bool bulk_state::post(std::size_t record, wall_time now) {
  if (const auto known = posted_.find(record); known != posted_.end()) {
    known->second.again = true;
    return true;
  }
  const bool noted = record >= noted_first_ && record <= noted_last_;
  if (!noted) {
    unpost_rest();
    noted_last_ = std::min<std::uint64_t>(record + posted_at_once - 1,
                                          std::max<std::uint64_t>(of_.bytes, record));
    noted_ = now;
    unsaved_ += posted_line(record, noted_last_, now);
  }
  noted_first_ = record + 1;
  posted_.emplace(record, post_note{noted_, false});
  return noted || save();
}

void bulk_state::not_stored(std::size_t record) {
  const auto known = posted_.find(record);
  if (known == posted_.end() || known->second.again) return;
  posted_.erase(known);
  unsaved_ += unposted_line(record, record);
}

void bulk_state::not_posted_after(std::size_t last) {
  const auto first = posted_.upper_bound(last);
  if (first == posted_.end()) return;
  unsaved_ += unposted_line(first->first, posted_.rbegin()->first);
  posted_.erase(first, posted_.end());
}

bool bulk_state::end() {
  unpost_rest();
  return save();
}

/// Takes back records that were noted together and not posted after all.
void bulk_state::unpost_rest() {
  auto first = noted_first_;
  for (auto record = first; record <= noted_last_ + 1; ++record) {
    // Posted earlier, and still without an answer.
    if (record <= noted_last_ && !posted_.contains(record)) continue;
    if (first < record) unsaved_ += unposted_line(first, record - 1);
    first = record + 1;
  }
  noted_first_ = noted_last_ + 1;
}

std::map<std::size_t, bulk_state::wall_time> bulk_state::in_doubt() const {
  std::map<std::size_t, wall_time> since;
  for (const auto& [record, note] : posted_)
    since.emplace(record, note.first);
  return since;
}

void bulk_state::go_on_with(const file_identity& corrected) {
  of_ = corrected;
  refused_ = kept_ = {};
}

void bulk_state::add(std::size_t record, std::uint64_t print) {
  posted_.erase(record);
  if (!accepted_.add(record)) return;
  sum_ += print;
  note_unsaved(record, "", print);
}

void bulk_state::refuse(std::size_t record) {
  posted_.erase(record);
  if (refused_.add(record)) note_unsaved(record, refused_kind, 0);
}

void bulk_state::note_unsaved(std::size_t record, std::string_view kind, std::uint64_t print) {
  if (growing_.first == 0 || growing_.kind != kind || record != growing_.last + 1) {
    end_unsaved();
    growing_ = {kind, record, record, 0};
  }
  growing_.last = record;
  growing_.sum += print;
}

void bulk_state::end_unsaved() {
  if (growing_.first == 0) return;
  unsaved_ += fmt::format("{}{}-{}", growing_.kind, growing_.first, growing_.last);
  unsaved_ += growing_.kind.empty() ? fmt::format(" {:016x}\n", growing_.sum) : "\n";
  growing_ = {};
}

bool bulk_state::save() {
  end_unsaved();
  if (!out_.is_open()) return unsaved_.clear(), true;
  out_ << unsaved_ << std::flush;
  unsaved_.clear();
  return out_.good();
}

}  // namespace postrider::cli
