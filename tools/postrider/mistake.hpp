#pragma once

#include "tools/postrider/value.hpp"

#include <string>
#include <vector>

namespace postrider::cli {

/// One thing that is wrong with the configuration.
struct mistake {
  /// The file, or `environment variable POSTRIDER_...`.
  std::string where;
  /// Line 0: the file or the variable as a whole.
  position at;
  std::string found;
  std::string expected;
  std::string nearest;
};

/// `config.toml:3:5: what is wrong; expected this; did you mean "that"?`
std::string to_string(const mistake& wrong);

/// Those of the file first, from its top.
void sort_mistakes(std::vector<mistake>& mistakes);

}  // namespace postrider::cli
