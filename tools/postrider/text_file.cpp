#include "tools/postrider/text_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace postrider::cli {

outcome<std::string> read_text(std::istream& in, const std::string& name) {
  std::string text;
  std::array<char, 64 * 1024> piece;
  do {
    in.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_text_bytes)
      return failure::because(fmt::format("{} has more than {} MiB, which no request may have",
                                          name, max_text_bytes >> 20));
  } while (in);
  if (in.bad()) return failure::because("cannot read " + name);
  return text;
}

outcome<std::string> read_text_file(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    return failure::because("cannot read " + path + ": it is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (file) return read_text(file, path);
  const auto why = std::error_code(errno, std::generic_category());
  return failure::because("cannot read " + path + (why ? ": " + why.message() : std::string()));
}

}  // namespace postrider::cli
