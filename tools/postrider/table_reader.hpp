#pragma once

#include "tools/postrider/environment.hpp"
#include "tools/postrider/mistake.hpp"
#include "tools/postrider/toml_document.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider::cli {

/// A value in force and where it came from, for people: the secret ones show their source only.
struct effective_value {
  /// "http", or "provider.signal-main".
  std::string section;
  std::string key;
  /// As it would be written in the file.
  std::string spelling;
  /// "default", "config.toml:12" or the variable's name.
  std::string origin;
};

/// The results of reading a configuration.
struct reading {
  std::string file;
  const environment& variables;
  /// Every variable that could have been set.
  std::set<std::string, std::less<>> known_variables{};
  std::vector<mistake> mistakes{};
  std::vector<effective_value> effective{};

  void wrong(position at, std::string found, std::string expected = {}, std::string nearest = {});
};

/// Reads the keys of one table, the environment before the file before the default. Everything that
/// is wrong goes to the reading's mistakes; the caller then gets the default.
class table_reader {
 public:
  /// `table` may be null: nothing is in the file. `title` is "[http]" or `[[provider]]
  /// "signal-main"`; `variables` starts the names of its variables: {"http"} or {"provider",
  /// "signal-main"}.
  table_reader(reading& to, const toml_node* table, position at, std::string title,
               std::string section, std::vector<std::string> variables);

  value read(const key_info& key);
  /// For what no variable can override.
  value read_from_file(const key_info& key);
  /// A secret's content, empty when it is not given.
  value read_secret(const key_info& key);
  /// The value in the file, without looking at the environment.
  const raw_value* in_file(std::string_view key) const;
  /// A list or a table of the file, which the caller reads; null: it is not there.
  const toml_node* read_node(const std::string& key);
  /// Shows a value that was read from `read_node`.
  void show_node(const std::string& key, const std::string& spelling);
  /// Where a mistake about this key is best shown: its value, or else the table.
  position where(std::string_view key) const;
  /// Every key that was never asked for is a mistake.
  void refuse_unknown_keys();

 private:
  struct file_key {
    std::string name;
    position at;
    const toml_node* node;
  };
  struct source {
    raw_value raw;
    std::string origin;
    /// A mistake's `where`.
    std::string place;
  };

  void flatten(const toml_node& table, const std::string& prefix);
  const file_key* find(std::string_view key) const;
  std::string variable(std::string_view key) const;
  /// From the environment, or else from the file.
  std::optional<source> look_up(const std::string& key);
  std::optional<source> look_up_in_file(const std::string& key);
  value read_or_default(const key_info& key, const std::optional<source>& from);
  value understood(const key_info& key, const source& from);
  static value default_of(const key_info& key);
  void missing(const key_info& key);
  std::vector<std::string> offered_keys() const;
  void wrong_at(const source& from, std::string found, std::string expected,
                std::string nearest = {});
  void show(const key_info& key, const std::string& name, const std::string& text,
            const std::string& origin);

  reading& to_;
  position at_;
  std::string title_;
  std::string section_;
  std::vector<std::string> variables_;
  std::vector<file_key> in_file_;
  std::vector<std::string> asked_;
};

}  // namespace postrider::cli
