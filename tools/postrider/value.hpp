#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

/// The kinds of values in the configuration, and how each is read from a text. Knows neither TOML
/// nor which keys there are.
namespace postrider::cli {

enum class value_kind : std::uint8_t {
  text,
  integer,
  number,
  boolean,
  duration,  ///< "250ms", "90s", "5m", "3h", "2d"
  minutes,   ///< a duration, or a bare number of minutes
  size,      ///< "1MiB", "64KiB", "512B", or a bare number of bytes
  rate,      ///< "100/s", "10/m", "1000/h", or "none"
  choice,    ///< one of a few words
  list,      ///< texts: ["a", "b"], or one text with blanks or commas between them
  secret,    ///< never inline: NAME_file or NAME_env
};

/// One key: what it may hold, and a sentence about it. Texts are the configuration's own spelling.
struct key_info {
  std::string name;
  value_kind kind = value_kind::text;
  std::string default_value;
  /// integer and number: as they are; durations: milliseconds; size: bytes.
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
  /// choice: the words, with one space between.
  std::string choices;
  std::string help;
  /// The provider keys without a default; an empty text is not enough.
  bool required = false;
};

struct position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const position&) const = default;
};

/// A value from a file or the environment, before anybody knows what it should be.
struct raw_value {
  enum class type : std::uint8_t {
    string,
    integer,
    floating,
    boolean,
    time,
    array,
    table,
    /// From the environment or the key table: a text that may mean any of them.
    untyped,
  };
  type is = type::untyped;
  /// The texts of an array are one text here, with blanks between.
  std::string text;
  position at;
  /// An array that has nothing but texts.
  bool texts = false;
};

/// A value that was understood: the member of its kind is set.
struct value {
  std::string text;          ///< text, choice; the spelling of all the others
  std::int64_t integer = 0;  ///< integer; bytes of a size
  double number = 0;         ///< number; calls per second of a rate, 0 without a limit
  bool boolean = false;
  std::chrono::milliseconds duration{0};
};

/// Why a value was not understood: three parts of one sentence.
struct value_error {
  std::string found;
  std::string expected;
  std::string nearest;
};

boost::system::result<value, value_error> parse_value(const key_info& key, const raw_value& raw);

/// The values of a key, for messages and for the documentation: `a whole number from 0 to 20`.
std::string expectation(const key_info& key);
/// As it is written in a TOML file: with quotes where the kind needs them.
std::string toml_spelling(const key_info& key, std::string_view text);
/// The largest unit that says it exactly: "90s", "4m", "2d".
std::string duration_text(std::chrono::milliseconds duration);
std::string in_quotes(std::string_view text);
/// The texts of a list, with blanks or commas between.
std::vector<std::string> list_of(std::string_view text);
/// In lists for people: `a, b or c`.
std::string choices_text(std::string_view choices);

}  // namespace postrider::cli
