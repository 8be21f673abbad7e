#include "smtp/command.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace postrider::smtp {
namespace {

struct known_verb {
  std::string_view name;
  verb what;
};
constexpr std::array verbs{
    known_verb{"ehlo", verb::ehlo},         known_verb{"helo", verb::helo},
    known_verb{"mail", verb::mail},         known_verb{"rcpt", verb::rcpt},
    known_verb{"data", verb::data},         known_verb{"rset", verb::rset},
    known_verb{"noop", verb::noop},         known_verb{"vrfy", verb::vrfy},
    known_verb{"help", verb::help},         known_verb{"quit", verb::quit},
    known_verb{"starttls", verb::starttls}, known_verb{"auth", verb::auth},
    known_verb{"expn", verb::not_offered},  known_verb{"bdat", verb::not_offered},
    known_verb{"etrn", verb::not_offered},  known_verb{"turn", verb::not_offered},
    known_verb{"send", verb::not_offered},  known_verb{"soml", verb::not_offered},
    known_verb{"saml", verb::not_offered},  known_verb{"get", verb::foreign},
    known_verb{"post", verb::foreign},      known_verb{"put", verb::foreign},
    known_verb{"head", verb::foreign},      known_verb{"options", verb::foreign},
    known_verb{"connect", verb::foreign}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

/// RFC 5321, 4.1.2: letters, digits and hyphens.
bool is_keyword(std::string_view text) {
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '-';
  });
}

/// Printable, without "=" and blanks.
bool is_value(std::string_view text) {
  return !text.empty() &&
         std::ranges::none_of(text, [](char c) { return ascii::is_control(c) || c == '='; });
}

}  // namespace

found_line find_line(std::string_view received, std::size_t most) {
  const auto end = received.find_first_of("\r\n");
  const auto size = end == received.npos ? received.size() : end + 2;
  if (size > most) return {line_state::too_long, {}};
  if (end == received.npos) return {};
  if (received[end] == '\n') return {line_state::bare_line_feed, {}};
  if (end + 1 == received.size()) return {};
  if (received[end + 1] != '\n') return {line_state::bare_return, {}};
  return {line_state::complete, received.substr(0, end)};
}

command read_command(std::string_view line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto name = line.substr(0, end);
  const auto found = std::ranges::find_if(
      verbs, [&](const auto& one) { return ascii::equals_ignoring_case(one.name, name); });
  return {found == verbs.end() ? verb::unknown : found->what, trimmed(line.substr(end))};
}

std::optional<parameter_list> read_parameters(std::string_view text) {
  parameter_list list;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const auto one = text.substr(0, text.find(' '));
    text.remove_prefix(one.size());
    const auto equals = one.find('=');
    auto keyword = ascii::lower_case(one.substr(0, equals));
    const bool has_value = equals != one.npos;
    if (!is_keyword(keyword) || (has_value && !is_value(one.substr(equals + 1)))) return {};
    std::ranges::transform(keyword, keyword.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (std::ranges::find(list, keyword, &parameter_list::value_type::first) != list.end())
      return {};
    list.emplace_back(std::move(keyword), has_value ? one.substr(equals + 1) : "");
  }
  return list;
}

}  // namespace postrider::smtp
