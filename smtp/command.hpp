#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Commands of SMTP (RFC 5321, 4.1), taken apart.
namespace postrider::smtp {

/// RFC 5321 has 512; its extensions add to it. Lines of AUTH may be longer (RFC 4954, 4).
inline constexpr std::size_t max_command_line = 1'024;
inline constexpr std::size_t max_auth_line = 12'288;

enum class line_state : std::uint8_t {
  more,            ///< the end has not come yet
  complete,        ///< `text`, whose end is CRLF
  bare_line_feed,  ///< a line feed without a carriage return before it
  bare_return,     ///< a carriage return without a line feed behind it
  too_long,
};
struct found_line {
  line_state state = line_state::more;
  std::string_view text;
};
/// The line at the front of what was received: at most `most` bytes with its CRLF.
found_line find_line(std::string_view received, std::size_t most);

enum class verb : std::uint8_t {
  ehlo,
  helo,
  mail,
  rcpt,
  data,
  rset,
  noop,
  vrfy,
  help,
  quit,
  starttls,
  auth,
  /// RFC 5321 or an extension has it, and this server does not.
  not_offered,
  /// A method of HTTP: a web page was made to send mail.
  foreign,
  unknown,
};
struct command {
  verb what = verb::unknown;
  /// Behind the verb, without blanks at both ends.
  std::string_view argument;
};
command read_command(std::string_view line);

/// "SIZE=100 BODY=8BITMIME": keywords in capitals, and their values. Nothing: that is no list of
/// parameters, or one of them is there twice.
using parameter_list = std::vector<std::pair<std::string, std::string>>;
std::optional<parameter_list> read_parameters(std::string_view text);

}  // namespace postrider::smtp
