#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

/// Without libFuzzer: each file of the folder as it is, cut at each of its bytes, and with each of
/// them changed. Every run tries the same.
namespace {

constexpr std::size_t most_places = 4'000;
constexpr std::string_view replacements("\0\n\r\"{}[]:~\xff\x80 9-", 15);

std::size_t tried = 0;

void feed(const std::string& text) {
  // A copy of exactly this size, so that a sanitizer sees a read beyond its end.
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  ++tried;
}

void feed_variants(const std::string& text) {
  feed(text);
  const auto step = std::max<std::size_t>(1, text.size() / most_places);
  for (std::size_t at = 0; at < text.size(); at += step) {
    feed(text.substr(0, at));
    std::string changed = text;
    changed[at] = replacements[(at / step) % replacements.size()];
    feed(changed);
    feed(text.substr(0, at) + text.substr(at + 1));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      feed_variants({std::istreambuf_iterator<char>(file), {}});
      ++files;
    }
  std::printf("%zu files, %zu inputs\n", files, tried);
  return files > 0 ? 0 : 1;
}
