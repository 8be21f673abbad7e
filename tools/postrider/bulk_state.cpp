#include "tools/postrider/bulk_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace postrider::cli {

namespace {

constexpr auto first_line = "postrider bulk 1";

failure cannot_write(const std::string& path) {
  return failure::because(fmt::format("cannot write {}, where it is kept what was sent", path));
}

std::string identity_line(const file_identity& of) {
  return fmt::format("file {} {:016x}", of.bytes, of.hash);
}

}  // namespace

file_identity identity_of(std::istream& in) {
  file_identity found{0, 0xcbf29ce484222325};
  auto& buffer = *in.rdbuf();
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    ++found.bytes;
    found.hash = (found.hash ^ static_cast<unsigned>(c)) * 0x100000001b3;
  }
  return found;
}

outcome<bulk_state> bulk_state::begin(const std::string& path, const file_identity& of,
                                      const std::string& run) {
  bulk_state state;
  state.run_ = run;
  if (!state.write_whole(path, of)) return cannot_write(path);
  return state;
}

outcome<bulk_state> bulk_state::resume(const std::string& path, const file_identity& of) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  if (!file) return failure::because(fmt::format("cannot read {}", path));
  std::istringstream lines(all.str().substr(0, all.str().rfind('\n') + 1));
  std::string line, run, word;
  std::getline(lines, line);
  if (line != first_line)
    return failure::because(fmt::format("{} is not what \"postrider bulk\" writes", path));
  std::getline(lines, line);
  if (line != identity_line(of))
    return failure::because(
        fmt::format("the file has changed since {} was written: which of its lines were sent "
                    "cannot be told any more",
                    path));
  bulk_state state;
  std::getline(lines, line);
  state.run_ = line.substr(line.find(' ') + 1);
  std::size_t first = 0, last = 0;
  for (char dash = 0; lines >> first >> dash >> last;) {
    // A file has no more records than bytes.
    if (dash != '-' || last < first || last > of.bytes)
      return failure::because(fmt::format("{} is damaged at {}-{}", path, first, last));
    for (std::size_t record = first; record <= last; ++record)
      state.add(record);
  }
  state.unsaved_.clear();
  state.unsaved_first_ = 0;
  if (!lines.eof())
    return failure::because(fmt::format("{} is damaged", path));
  if (!state.write_whole(path, of)) return cannot_write(path);
  return state;
}

/// Beside it and renamed: the file is the old one or the new one, never half of one.
bool bulk_state::write_whole(const std::string& path, const file_identity& of) {
  const auto fresh = path + ".new";
  out_.open(fresh, std::ios::binary | std::ios::trunc);
  out_ << first_line << '\n' << identity_line(of) << "\nrun " << run_ << '\n';
  for (const auto& [first, last] : ranges_)
    out_ << first << '-' << last << '\n';
  out_.flush();
  std::error_code error;
  if (out_) std::filesystem::rename(fresh, path, error);
  return out_ && !error;
}

bool bulk_state::has(std::size_t record) const {
  const auto after = ranges_.upper_bound(record);
  return after != ranges_.begin() && record <= std::prev(after)->second;
}

void bulk_state::add(std::size_t record) {
  if (has(record)) return;
  ++count_;
  const auto after = ranges_.upper_bound(record);
  const bool joins = after != ranges_.begin() && std::prev(after)->second + 1 == record;
  auto place = joins ? std::prev(after) : ranges_.emplace(record, record).first;
  place->second = record;
  if (after != ranges_.end() && after->first == record + 1) {
    place->second = after->second;
    ranges_.erase(after);
  }
  if (unsaved_first_ != 0 && record == unsaved_last_ + 1) {
    unsaved_last_ = record;
    return;
  }
  if (unsaved_first_ != 0) unsaved_ += fmt::format("{}-{}\n", unsaved_first_, unsaved_last_);
  unsaved_first_ = unsaved_last_ = record;
}

bool bulk_state::save() {
  if (unsaved_first_ != 0) unsaved_ += fmt::format("{}-{}\n", unsaved_first_, unsaved_last_);
  unsaved_first_ = 0;
  if (!out_.is_open()) return unsaved_.clear(), true;
  out_ << unsaved_ << std::flush;
  unsaved_.clear();
  return out_.good();
}

}  // namespace postrider::cli
