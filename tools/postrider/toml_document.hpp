#pragma once

#include "tools/postrider/value.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

/// A TOML file as plain values with their positions; toml++ stays in the .cpp, it is slow to
/// compile.
namespace postrider::cli {

struct toml_node;

struct toml_member {
  std::string key;
  position at;
  std::vector<toml_node> node;  ///< exactly one; a vector because toml_node is not complete here
};

struct toml_node {
  raw_value value;
  /// value.is == table: in the order of the file.
  std::vector<toml_member> members;
  /// value.is == array.
  std::vector<toml_node> elements;

  const toml_member* find(std::string_view key) const;
};

struct toml_error {
  std::string message;
  position at;
};

boost::system::result<toml_node, toml_error> parse_toml(std::string_view text);

}  // namespace postrider::cli
