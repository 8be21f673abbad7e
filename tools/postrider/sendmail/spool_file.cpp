#include "tools/postrider/sendmail/spool_file.hpp"

#include "base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace postrider::cli {

namespace {

constexpr std::string_view first_line = "postrider-mail 1";

/// The next line without its end; nothing when the text ends within it.
std::optional<std::string_view> take_envelope_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == text.npos) return {};
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::string one_line(std::string text) {
  std::ranges::replace_if(text, ascii::is_control, ' ');
  return text;
}

}  // namespace

std::string spool_file_text(const spooled_mail& stored) {
  auto text = fmt::format("{}\nfrom {}\n", first_line, stored.mail.sender);
  for (const auto& recipient : stored.mail.recipients)
    text += fmt::format("to {}\n", recipient);
  if (!stored.reason.empty()) text += fmt::format("reason {}\n", one_line(stored.reason));
  return text + fmt::format("bytes {}\n\n", stored.mail.text.size()) + stored.mail.text;
}

outcome<spooled_mail> read_spool_file(std::string_view text) {
  if (take_envelope_line(text) != first_line)
    return failure::because("the file is no mail of a spool");
  spooled_mail found;
  std::uint64_t bytes = 0;
  bool sized = false;
  for (;;) {
    const auto line = take_envelope_line(text);
    if (!line || std::ranges::any_of(*line, ascii::is_control))
      return failure::because("the file's envelope is broken");
    if (line->empty()) break;
    const auto space = line->find(' ');
    const auto name = line->substr(0, space);
    const auto value = space == line->npos ? std::string_view() : line->substr(space + 1);
    if (name == "from") found.mail.sender = value;
    if (name == "to") found.mail.recipients.emplace_back(value);
    if (name == "reason") found.reason = value;
    if (name == "bytes") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bytes);
      sized = error == std::errc() && end == value.data() + value.size();
    }
  }
  if (found.mail.recipients.empty() || found.mail.recipients.size() > max_mail_recipients)
    return failure::because("the file's envelope has no recipients, or too many");
  if (!sized || bytes != text.size()) return failure::because("the file is not whole");
  found.mail.text = text;
  return found;
}

}  // namespace postrider::cli
