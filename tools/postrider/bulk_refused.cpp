#include "tools/postrider/bulk_refused.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace postrider::cli {

namespace {

constexpr std::string_view refused_suffix = ".refused", old_suffix = ".old",
                           refused_old_suffix = ".refused.old";

std::string old_path(const std::string& path) { return path + std::string(old_suffix); }
std::string fresh_path(const std::string& path) { return path + ".new"; }

bool all_are_kept(const bulk_state& state) {
  return state.kept().count() == state.refused().count();
}

/// Copies bytes of one file to another, and ends them with a line break.
class line_copier {
 public:
  line_copier(const std::string& from, std::ofstream& to)
      : from_(from, std::ios::binary), to_(to) {}

  void copy(std::uint64_t begin, std::uint64_t end) {
    std::string bytes(end - begin, '\0');
    from_.clear();
    from_.seekg(static_cast<std::streamoff>(begin));
    from_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!bytes.ends_with('\n')) bytes += '\n';
    to_ << bytes;
  }
  bool good() const { return from_.good(); }

 private:
  std::ifstream from_;
  std::ofstream& to_;
};

/// Writes what FILE.refused has so far, and behind it what is not in it yet.
bool write_refused(const std::string& file, std::ofstream& to, bulk_reader& reader,
                   bulk_state& state) {
  std::ostringstream before;
  before << std::ifstream(refused_path(file), std::ios::binary).rdbuf();
  auto text = before.str();
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  to << text;
  line_copier copier(file, to);
  if (text.empty() && reader.header_bytes() > 0) copier.copy(0, reader.header_bytes());
  for (auto record = reader.next(); record; record = reader.next()) {
    if (!state.refused().has(record->number) || state.kept().has(record->number)) continue;
    copier.copy(record->begin, record->position);
    state.keep(record->number);
  }
  to.flush();
  return copier.good() && to.good();
}

}  // namespace

std::string refused_path(const std::string& file) { return file + std::string(refused_suffix); }

std::string original_name(std::string file) {
  for (;;) {
    const auto suffix = file.ends_with(refused_suffix) ? refused_suffix : refused_old_suffix;
    if (!file.ends_with(suffix)) return file;
    file.resize(file.size() - suffix.size());
  }
}

std::optional<failure> keep_refused(const std::string& file, bulk_reader& reader,
                                    bulk_state& state) {
  const auto path = refused_path(file), fresh = fresh_path(path);
  const auto cannot_write = failure::because("cannot write " + path);
  set_aside_refused(file, state);
  if (!state.kept().empty() && !std::filesystem::exists(path)) {
    // Somebody removed it. The state must not call a new half of it whole.
    state.forget_kept();
    if (!state.save_whole()) return cannot_write;
  }
  if (all_are_kept(state)) return std::nullopt;
  std::ofstream to(fresh, std::ios::binary | std::ios::trunc);
  if (!write_refused(file, to, reader, state)) return cannot_write;
  if (!state.save_whole()) return failure::because("cannot write what is in " + path);
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  if (error) return cannot_write;
  return std::nullopt;
}

void finish_keeping(const std::string& file, const bulk_state& state) {
  const auto path = refused_path(file), fresh = fresh_path(path);
  std::error_code ignored;
  if (!std::filesystem::exists(fresh, ignored)) return;
  if (state.refused().empty() || !all_are_kept(state)) {
    std::filesystem::remove(fresh, ignored);
    return;
  }
  // Somebody may have changed the old one since then.
  if (std::filesystem::exists(path, ignored) &&
      std::filesystem::last_write_time(path, ignored) >
          std::filesystem::last_write_time(fresh, ignored))
    std::filesystem::rename(path, old_path(path), ignored);
  std::filesystem::rename(fresh, path, ignored);
}

bool set_aside_refused(const std::string& file, const bulk_state& state) {
  if (!state.kept().empty()) return false;
  const auto path = refused_path(file), old = old_path(path);
  std::error_code error, ignored;
  const bool there = std::filesystem::exists(path, ignored);
  if (there) std::filesystem::rename(path, old, error);
  // The note may be left of a file that somebody removed.
  if (std::filesystem::exists(path + ".sent", ignored))
    std::filesystem::rename(path + ".sent", old + ".sent", ignored);
  else if (there) std::filesystem::remove(old + ".sent", ignored);
  return there && !error;
}

std::optional<failure> sent_from_refused(const std::string& file) {
  std::error_code ignored;
  for (auto path = refused_path(file); std::filesystem::exists(path + ".sent", ignored);
       path = refused_path(path)) {
    const auto sent = bulk_state::read(path + ".sent");
    if (!sent) return sent.error();
    const auto count = sent->accepted().count() + sent->in_doubt().size();
    if (count == 0) continue;
    return failure::because(fmt::format(
        "{0} has changed, and lines of it were sent from {1}: {2} were accepted, or posted and not "
        "answered. They would be sent again. Put back {0} as it was, correct the other refused "
        "lines in {1}, and send that with --resume; new lines go into a file of their own",
        file, path, count));
  }
  return std::nullopt;
}

std::optional<failure> go_on_with_corrected(const std::string& file, const file_identity& now,
                                            bulk_reader& reader, bulk_state& state) {
  std::uint64_t sum = 0;
  std::size_t found = 0;
  for (auto record = reader.next(); record; record = reader.next()) {
    if (!state.accepted().has(record->number)) continue;
    sum += print_of(record->number, record->json);
    ++found;
  }
  if (found != state.accepted().count() || sum != state.sum())
    return failure::because(fmt::format(
        "{0} has changed: lines that were accepted are no longer where they were, or have another "
        "text, and sending them again would send messages twice. Correct refused lines in their "
        "place, or in {1} and send that",
        file, refused_path(file)));
  state.go_on_with(now);
  return std::nullopt;
}

}  // namespace postrider::cli
