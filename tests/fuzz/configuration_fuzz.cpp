#include "tests/fuzz/fuzz.hpp"
#include "tools/postrider/configuration.hpp"

#include <algorithm>

using namespace postrider;

namespace {

/// A key that names a file would have it read: what is fuzzed touches nothing but memory.
bool names_a_file(std::string_view text) {
  return text.find("_file") != text.npos || text.find("\\u") != text.npos ||
         text.find("\\U") != text.npos;
}

}  // namespace

/// A configuration is usable or its mistakes say where they are.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (names_a_file(text)) return 0;
  const auto read = cli::read_configuration("config.toml", text, {});
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  for (const auto& wrong : read.mistakes) {
    fuzz::require(!to_string(wrong).empty(), "a mistake is told");
    fuzz::require(static_cast<std::size_t>(wrong.at.line) <= lines, "it is in the file");
  }
  return 0;
}
