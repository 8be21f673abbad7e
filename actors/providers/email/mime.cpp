#include "actors/providers/email/mime.hpp"

#include "actors/api/mail_trace.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/hex.hpp"
#include "base/time_text.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

constexpr std::size_t fold_at = 78;
/// RFC 2047, 2: a line with encoded words has at most 76 characters, an encoded word 75.
constexpr std::size_t encoded_line = 76;
constexpr std::size_t longest_word = 75;
constexpr std::size_t longest_subject = 78;
constexpr std::string_view crlf = "\r\n";

using ascii::is_control;
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// The longest front of at most `limit` bytes without half a character. A text that is not UTF-8,
/// or a limit smaller than one character, is cut anywhere.
std::string_view front_of(std::string_view text, std::size_t limit) {
  const auto front = whole_characters(text, limit);
  return front.empty() ? text.substr(0, limit) : front;
}

/// Appends encoded words, the first behind what is on the line already; `column` is its length.
void append_encoded(std::string& out, std::size_t& column, std::string_view text) {
  constexpr std::string_view begin = "=?UTF-8?B?";
  constexpr std::string_view end = "?=";
  constexpr std::size_t frame = begin.size() + end.size();
  while (!text.empty()) {
    const auto room = column < encoded_line ? encoded_line - column : 0;
    const auto bytes = room > frame ? (std::min(room, longest_word) - frame) / 4 * 3 : 0;
    // Room for any character, or a new line.
    if (bytes < 4) {
      out.append("\r\n ");
      column = 1;
      continue;
    }
    const auto piece = front_of(text, bytes);
    const auto word = base64_encoded(piece);
    out.append(begin).append(word).append(end);
    column += frame + word.size();
    text.remove_prefix(piece.size());
    if (text.empty()) break;
    out.append("\r\n ");
    column = 1;
  }
}

/// Whether it can be folded at its spaces and read back as it was.
bool is_foldable(std::string_view text) {
  if (text.find("=?") != text.npos) return false;
  if (text.starts_with(' ') || text.ends_with(' ')) return false;
  std::size_t word = 0;
  for (char c : text) {
    if (!is_ascii(c) || is_control(c)) return false;
    word = c == ' ' ? 0 : word + 1;
    if (word > fold_at - 20) return false;
  }
  return text.find(std::string(fold_at - 20, ' ')) == text.npos;
}

void append_folded(std::string& out, std::size_t& column, std::string_view text) {
  while (!text.empty()) {
    // A word with the spaces before it.
    const auto word = std::min(text.find_first_not_of(' '), text.size());
    const auto end = std::min(text.find(' ', word), text.size());
    if (column + end > fold_at && text.front() == ' ') {
      out.append(crlf);
      column = 0;
    }
    out.append(text.substr(0, end));
    column += end;
    text.remove_prefix(end);
  }
}

bool is_atom_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~ ").find(c) != std::string_view::npos;
}

/// Characters that a Message-ID and a boundary may both have (RFC 5322 atext, RFC 2046 bchars).
std::string token_of(std::string_view reference) {
  std::string out;
  for (char c : reference) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    out += plain ? c : '.';
  }
  return out.empty() ? "0" : out;
}

std::string body_part(std::string_view type, std::string_view text) {
  std::string out = "Content-Type: text/";
  out.append(type).append("; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
  return out + quoted_printable(text);
}

}  // namespace

bool is_header_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), is_control);
}

std::string from_header(std::string_view name, std::string_view address) {
  std::string out = "From: ";
  auto column = out.size();
  if (!is_foldable(name)) {
    append_encoded(out, column, name);
  } else if (std::all_of(name.begin(), name.end(), is_atom_character)) {
    append_folded(out, column, name);
  } else {
    std::string quoted = "\"";
    for (char c : name) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    append_folded(out, column, quoted + '"');
  }
  const auto mailbox = name.empty() ? std::string(address) : "<" + std::string(address) + ">";
  if (!name.empty()) out += column + 1 + mailbox.size() > fold_at ? "\r\n " : " ";
  return out + mailbox + "\r\n";
}

std::string text_header(std::string_view name, std::string_view value) {
  std::string out(name);
  out += ": ";
  auto column = out.size();
  if (is_foldable(value)) {
    append_folded(out, column, value);
  } else {
    append_encoded(out, column, value);
  }
  return out + "\r\n";
}

std::string subject_of(std::string_view text) {
  std::string line;
  while (!text.empty() && line.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    for (char c : text.substr(0, end))
      line += is_control(c) ? ' ' : c;
    text.remove_prefix(std::min(end + 1, text.size()));
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    while (line.ends_with(' '))
      line.pop_back();
  }
  if (line.size() <= longest_subject) return line;
  auto cut = front_of(line, longest_subject - 3);
  // At a word's end, when that does not lose much.
  if (const auto space = cut.rfind(' '); space != cut.npos && space > cut.size() / 2)
    cut = cut.substr(0, space);
  return std::string(cut) + "\xe2\x80\xa6";
}

std::string quoted_printable(std::string_view text) {
  constexpr std::size_t width = 76;
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      out.append(crlf);
      column = 0;
      continue;
    }
    const bool last = i + 1 == text.size() || text[i + 1] == '\r' || text[i + 1] == '\n';
    const bool blank = c == ' ' || c == '\t';
    bool plain = blank ? !last : c > ' ' && c < 0x7f && c != '=';
    const auto needs = [&] { return (plain ? 1U : 3U) + (last ? 0U : 1U); };
    if (column + needs() > width) {
      out.append("=\r\n");
      column = 0;
    }
    if (column == 0 && (c == '.' || text.substr(i).starts_with("From "))) plain = false;
    if (plain) {
      out += c;
    } else {
      out += '=';
      append_hex(out, c);
    }
    column += plain ? 1 : 3;
  }
  if (column > 0) out.append(crlf);
  return out;
}

boost::system::result<std::string, std::string> build_mail(const mail_content& content) {
  using result = boost::system::result<std::string, std::string>;
  const auto refuse = [](const char* why) { return result(boost::system::in_place_error, why); };
  if (!is_header_text(content.from_name)) return refuse("the sender's name has control characters");
  if (!is_header_text(content.subject)) return refuse("the subject has control characters");
  for (const auto address : {content.from_address, content.to}) {
    const bool clean = std::all_of(address.begin(), address.end(), [](char c) {
      return is_ascii(c) && !is_control(c) &&
             std::string_view(" <>,;:\"").find(c) == std::string_view::npos;
    });
    const auto at = address.rfind('@');
    // 320 is more than RFC 5321 allows, and far from the 998 of a line.
    if (!clean || at == address.npos || at == 0 || at + 1 == address.size() || address.size() > 320)
      return refuse("an address has a character that a header cannot have");
  }
  if (content.reference.size() > 200) return refuse("the reference is too long for a header");

  const auto token = token_of(content.reference);
  std::string out = from_header(content.from_name, content.from_address);
  out.append("To: ").append(content.to).append(crlf);
  out += text_header(
      "Subject", content.subject.empty() ? subject_of(content.text) : std::string(content.subject));
  out.append("Date: ").append(to_mail_date(content.date)).append(crlf);
  out.append("Message-ID: <").append(token);
  out.append(content.from_address.substr(content.from_address.rfind('@'))).append(">\r\n");
  out += text_header(mail_trace_header, token);
  // RFC 3834: nobody's automatic answer is wanted.
  out.append("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
  if (content.html.empty())
    return result(boost::system::in_place_value, out + body_part("plain", content.text));
  // "=_" never comes out of quoted-printable, so no line of a part can be the boundary.
  const auto boundary = "=_" + token.substr(0, 60);
  out.append("Content-Type: multipart/alternative; boundary=\"").append(boundary);
  out.append("\"\r\n\r\n--").append(boundary).append(crlf);
  out.append(body_part("plain", content.text)).append("\r\n--").append(boundary).append(crlf);
  out.append(body_part("html", content.html)).append("\r\n--").append(boundary).append("--\r\n");
  return result(boost::system::in_place_value, std::move(out));
}

}  // namespace postrider::actors
