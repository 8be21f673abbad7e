#pragma once

#include "tools/postrider/failure.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The command line of sendmail, as cron, git, PHP and mail programs write it. The list of options
/// is that of Postfix's sendmail(1).
namespace postrider::cli {

struct sendmail_option {
  enum class value : std::uint8_t { none, expected, attached };
  char letter;
  value takes;
  /// The word for the value in --help.
  std::string_view value_name;
  /// Empty for an option that is taken and ignored.
  std::string_view help;
};
std::span<const sendmail_option> sendmail_options();

struct sendmail_arguments {
  enum class action : std::uint8_t { submit, list_spool, send_spool, no_aliases };
  action what = action::submit;
  /// -t: recipients are also those of To, Cc and Bcc.
  bool header_recipients = false;
  /// A line with a dot alone ends the mail.
  bool dot_ends = true;
  bool verbose = false;
  /// As it was written. Nothing without -f and -r.
  std::optional<std::string> sender;
  std::string full_name;
  /// As they were written.
  std::vector<std::string> recipients;
};

/// Options end at the first recipient or "--". The failure is a mistake of usage.
outcome<sendmail_arguments> parse_sendmail_arguments(const std::vector<std::string>& arguments);

/// `program`: the name under which the program was called, such as /usr/bin/mailq. Empty unless it
/// is sendmail or one of the names beside it; else the arguments that mean the same for
/// "postrider sendmail".
std::optional<std::vector<std::string>> arguments_of_name(std::string_view program,
                                                          std::vector<std::string> arguments);

}  // namespace postrider::cli
