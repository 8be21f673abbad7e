#include "tools/provider-sim/mail_text.hpp"

#include "base/ascii.hpp"
#include "tools/provider-sim/base64.hpp"
#include "tools/provider-sim/form.hpp"

#include <algorithm>
#include <optional>

namespace postrider::provider_sim {
namespace {

constexpr int max_depth = 8;

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

struct entity {
  std::string head;  // unfolded, lines end in LF
  std::string_view body;
};

// `text` has LF as line end. What begins with an empty line has no head.
entity split(std::string_view text) {
  entity result;
  std::size_t end = text.starts_with("\n") ? 0 : text.find("\n\n");
  if (end == text.npos) return {std::string(text) + '\n', {}};
  const std::string_view head = text.substr(0, end);
  result.body = text.substr(end + (end == 0 ? 1 : 2));
  for (std::size_t i = 0; i < head.size(); ++i) {
    const bool folded =
        head[i] == '\n' && i + 1 < head.size() && (head[i + 1] == ' ' || head[i + 1] == '\t');
    if (!folded) result.head += head[i];
  }
  result.head += '\n';
  return result;
}

std::string header(const entity& of, std::string_view name) {
  std::string_view rest = of.head;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t colon = line.find(':');
    if (colon != line.npos && ascii::lower_case(trim(line.substr(0, colon))) == name)
      return std::string(trim(line.substr(colon + 1)));
  }
  return {};
}

// A parameter of Content-Type, quoted or not.
std::string parameter(const std::string& value, std::string_view name) {
  const std::size_t at = ascii::lower_case(value).find(std::string(name) + '=');
  if (at == std::string::npos) return {};
  std::string_view rest = std::string_view(value).substr(at + name.size() + 1);
  if (!rest.starts_with('"')) return std::string(trim(rest.substr(0, rest.find(';'))));
  rest.remove_prefix(1);
  return std::string(rest.substr(0, rest.find('"')));
}

std::string decode(const entity& part) {
  const std::string encoding = ascii::lower_case(header(part, "content-transfer-encoding"));
  if (encoding == "quoted-printable") return undo_quoted_printable(part.body);
  if (encoding != "base64") return std::string(part.body);
  std::string digits;
  std::copy_if(part.body.begin(), part.body.end(), std::back_inserter(digits),
               [](char c) { return c != '\n' && c != ' ' && c != '\t'; });
  return from_base64(digits).value_or(std::string(part.body));
}

std::optional<std::string> find_text(std::string_view text, int depth);

// The parts are between lines of two hyphens and the boundary.
std::optional<std::string> find_in_parts(std::string_view body, const std::string& boundary,
                                         int depth) {
  if (boundary.empty()) return std::nullopt;
  const std::string mark = "\n--" + boundary;
  const std::string framed = '\n' + std::string(body);
  std::size_t at = framed.find(mark);
  while (at != framed.npos) {
    const std::size_t line_end = framed.find('\n', at + 1);
    if (framed.compare(at + mark.size(), 2, "--") == 0 || line_end == framed.npos) break;
    const std::size_t next = framed.find(mark, line_end);
    const std::size_t length = next == framed.npos ? next : next - line_end - 1;
    if (next != line_end)
      if (auto found = find_text(std::string_view(framed).substr(line_end + 1, length), depth))
        return found;
    at = next;
  }
  return std::nullopt;
}

std::optional<std::string> find_text(std::string_view text, int depth) {
  const entity part = split(text);
  const std::string type = header(part, "content-type");
  const std::string kind =
      ascii::lower_case(trim(std::string_view(type).substr(0, type.find(';'))));
  if (kind.starts_with("multipart/") && depth < max_depth)
    return find_in_parts(part.body, parameter(type, "boundary"), depth + 1);
  if (!kind.empty() && kind != "text/plain") return std::nullopt;
  return decode(part);
}

std::string with_plain_line_ends(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') result += text[i];
  return result;
}

}  // namespace

std::string undo_quoted_printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      result += text[i];
      continue;
    }
    if (text.substr(i + 1, 1) == "\n") {
      ++i;
    } else if (text.substr(i + 1, 2) == "\r\n") {
      i += 2;
    } else {
      const std::string escape = '%' + std::string(text.substr(i + 1, 2));
      const auto byte = escape.size() == 3 ? percent_decode(escape, false) : std::nullopt;
      result += byte.value_or("=");
      if (byte) i += 2;
    }
  }
  return result;
}

std::string mail_text(std::string_view mail) {
  const std::string text = with_plain_line_ends(mail);
  const auto found = find_text(text, 0);
  std::string result = with_plain_line_ends(found ? *found : std::string(split(text).body));
  while (result.ends_with('\n'))
    result.pop_back();
  return result;
}

}  // namespace postrider::provider_sim
