#include "tools/postrider/sendmail/arguments.hpp"

#include "base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace postrider::cli {

namespace {

using value = sendmail_option::value;
using action = sendmail_arguments::action;

constexpr std::array options{
    sendmail_option{'t', value::none, "", "take the recipients from To, Cc and Bcc as well"},
    sendmail_option{'i', value::none, "", "do not end the mail at a line with a dot alone"},
    sendmail_option{'f', value::expected, "ADDRESS", "the sender of the envelope"},
    sendmail_option{'r', value::expected, "ADDRESS", "the same as -f"},
    sendmail_option{'F', value::expected, "NAME",
                    "the sender's name, for a mail without a From field"},
    sendmail_option{'o', value::expected, "OPTION",
                    "i is the same as -i; every other one is ignored"},
    sendmail_option{'B', value::expected, "TYPE",
                    "7BIT or 8BITMIME; which of them it is, the mail itself shows"},
    sendmail_option{'N', value::expected, "WHEN",
                    "never, or some of success, failure and delay; no reports are sent"},
    sendmail_option{'R', value::expected, "PART", "full or hdrs; no reports are sent"},
    sendmail_option{'V', value::expected, "ID", "an id for reports; no reports are sent"},
    sendmail_option{'b', value::expected, "MODE",
                    "m sends a mail (the default), p lists the spool, i does nothing"},
    sendmail_option{'q', value::attached, "INTERVAL",
                    "send what is in the spool; with an interval nothing, a timer does that"},
    sendmail_option{'I', value::none, "", "do nothing: there are no aliases"},
    sendmail_option{'v', value::none, "", "say what becomes of the mail"},
    sendmail_option{'A', value::expected, "", ""},
    sendmail_option{'C', value::expected, "", ""},
    sendmail_option{'G', value::none, "", ""},
    sendmail_option{'L', value::expected, "", ""},
    sendmail_option{'O', value::expected, "", ""},
    sendmail_option{'U', value::none, "", ""},
    sendmail_option{'X', value::expected, "", ""},
    sendmail_option{'e', value::expected, "", ""},
    sendmail_option{'h', value::expected, "", ""},
    sendmail_option{'m', value::none, "", ""},
    sendmail_option{'n', value::none, "", ""},
    sendmail_option{'p', value::expected, "", ""},
    sendmail_option{'x', value::none, "", ""},
};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::ranges::find(known, ascii::lower_case(text)) != known.end();
}

bool are_report_conditions(std::string_view text) {
  if (is_one_of(text, {"never"})) return true;
  for (;;) {
    const auto comma = text.find(',');
    if (!is_one_of(text.substr(0, comma), {"success", "failure", "delay"})) return false;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

/// Why the mode cannot be used; empty when it can.
std::string take_mode(sendmail_arguments& into, const std::string& mode) {
  switch (mode.front()) {
    case 'm': into.what = action::submit; return {};
    case 'p': into.what = action::list_spool; return {};
    case 'i': into.what = action::no_aliases; return {};
    case 'h':
    case 'H': return {};
    case 's': return "-bs is not supported; speak SMTP to the server's socket";
    case 'd':
    case 'l':
      return fmt::format("-b{} is not supported; the server is started by: postrider serve", mode);
    default: return fmt::format("-b{} is not supported; use -bm, -bp or -bi", mode);
  }
}

/// Why the value cannot be used; empty when it can.
std::string take_option(sendmail_arguments& into, char letter, const std::string& given) {
  switch (letter) {
    case 't': into.header_recipients = true; break;
    case 'i': into.dot_ends = false; break;
    case 'f':
    case 'r': into.sender = given; break;
    case 'F': into.full_name = given; break;
    case 'v': into.verbose = true; break;
    case 'I': into.what = action::no_aliases; break;
    case 'o':
      if (given.front() == 'i') into.dot_ends = false;
      break;
    case 'q':
      if (given.empty()) into.what = action::send_spool;
      break;
    case 'b': return take_mode(into, given);
    case 'B':
      if (!is_one_of(given, {"7bit", "8bitmime"}))
        return fmt::format("-B is {}; expected 7BIT or 8BITMIME", given);
      break;
    case 'N':
      if (!are_report_conditions(given))
        return fmt::format("-N is {}; expected never, or some of success,failure,delay", given);
      break;
    case 'R':
      if (!is_one_of(given, {"full", "hdrs"}))
        return fmt::format("-R is {}; expected full or hdrs", given);
      break;
    default: break;
  }
  return {};
}

/// Reads one argument such as -tioem, with the value of its last option, which may be the next
/// argument. Returns the mistake, empty when there is none.
std::string take_cluster(sendmail_arguments& into, const std::vector<std::string>& arguments,
                         std::size_t& at) {
  const auto& cluster = arguments[at];
  for (std::size_t i = 1; i < cluster.size(); ++i) {
    const auto known = std::ranges::find(options, cluster[i], &sendmail_option::letter);
    if (known == options.end()) return fmt::format("unknown option -{}", cluster[i]);
    std::string given;
    if (known->takes != value::none) {
      given = cluster.substr(i + 1);
      i = cluster.size();
    }
    if (known->takes == value::expected && given.empty()) {
      if (at + 1 == arguments.size()) return fmt::format("-{} needs a value", known->letter);
      given = arguments[++at];
      // An empty sender is that of a report. Every other value has something in it.
      if (given.empty() && known->letter != 'f' && known->letter != 'r' && known->letter != 'F')
        return fmt::format("-{} needs a value", known->letter);
    }
    if (auto mistake = take_option(into, known->letter, given); !mistake.empty()) return mistake;
  }
  return {};
}

}  // namespace

std::span<const sendmail_option> sendmail_options() { return options; }

outcome<sendmail_arguments> parse_sendmail_arguments(const std::vector<std::string>& arguments) {
  sendmail_arguments found;
  std::size_t at = 0;
  for (; at < arguments.size(); ++at) {
    const auto& one = arguments[at];
    if (one == "--") {
      ++at;
      break;
    }
    if (one.size() < 2 || one.front() != '-') break;
    if (one[1] == '-') return failure::because("unknown option " + one);
    if (auto mistake = take_cluster(found, arguments, at); !mistake.empty())
      return failure::because(mistake);
  }
  for (; at < arguments.size(); ++at)
    found.recipients.push_back(arguments[at]);
  if (found.what == action::submit && found.recipients.empty() && !found.header_recipients)
    return failure::because(
        "there is no recipient; name one, or use -t to take those of To, Cc and Bcc");
  return found;
}

std::optional<std::vector<std::string>> arguments_of_name(std::string_view program,
                                                          std::vector<std::string> arguments) {
  const auto name = program.substr(program.rfind('/') + 1);
  if (name == "sendmail") return arguments;
  if (name == "mailq") return std::vector<std::string>{"-bp"};
  if (name == "newaliases") return std::vector<std::string>{"-bi"};
  return std::nullopt;
}

}  // namespace postrider::cli
