#include "tools/postrider/bulk_refused.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace postrider::cli {

namespace {

constexpr std::string_view refused_suffix = ".refused";

/// Copies bytes of one file to another, and ends them with a line break.
class line_copier {
 public:
  line_copier(const std::string& from, const std::string& to)
      : from_(from, std::ios::binary), to_(to, std::ios::binary | std::ios::app) {}

  void copy(std::uint64_t begin, std::uint64_t end) {
    std::string bytes(end - begin, '\0');
    from_.clear();
    from_.seekg(static_cast<std::streamoff>(begin));
    from_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!bytes.ends_with('\n')) bytes += '\n';
    to_ << bytes;
  }
  bool good() {
    to_.flush();
    return from_.good() && to_.good();
  }

 private:
  std::ifstream from_;
  std::ofstream to_;
};

}  // namespace

std::string refused_path(const std::string& file) { return file + std::string(refused_suffix); }

std::string original_name(std::string file) {
  while (file.ends_with(refused_suffix))
    file.resize(file.size() - refused_suffix.size());
  return file;
}

std::optional<failure> keep_refused(const std::string& file, bulk_reader& reader,
                                    bulk_state& state) {
  const auto path = refused_path(file);
  std::error_code ignored;
  const bool begun = std::filesystem::file_size(path, ignored) > 0 && !ignored;
  line_copier copier(file, path);
  if (!begun && reader.header_bytes() > 0) copier.copy(0, reader.header_bytes());
  for (auto record = reader.next(); record; record = reader.next()) {
    if (!state.refused().has(record->number) || state.is_kept(record->number)) continue;
    copier.copy(record->begin, record->position);
    state.keep(record->number);
  }
  if (!copier.good()) return failure::because("cannot write " + path);
  if (!state.save()) return failure::because("cannot write what is in " + path);
  return std::nullopt;
}

void forget_refused(const std::string& file) {
  std::error_code ignored;
  std::filesystem::remove(refused_path(file), ignored);
  std::filesystem::remove(refused_path(file) + ".sent", ignored);
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
    return failure::because(
        fmt::format("{0} has changed: accepted lines have moved or have another text, and sending "
                    "them again would send messages twice. Correct refused lines in their "
                    "place, or in {1} and send that: postrider bulk {1}",
                    file, refused_path(file)));
  state.go_on_with(now);
  return std::nullopt;
}

}  // namespace postrider::cli
