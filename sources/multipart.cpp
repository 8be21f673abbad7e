#include "sources/multipart.hpp"

#include "base/ascii.hpp"
#include "sources/texts.hpp"

#include <algorithm>

namespace postrider::sources {
namespace {

constexpr std::string_view line_end = "\r\n";

/// The value of `name="value"` or `name=value` among the parameters of a header.
std::optional<std::string> header_parameter(std::string_view header, std::string_view name) {
  auto rest = header.substr(std::min(header.find(';'), header.size()));
  while (rest.starts_with(';')) {
    rest.remove_prefix(1);
    const auto equals = rest.find_first_of("=;");
    const bool wanted = ascii::lower_case(trimmed(rest.substr(0, equals))) == name;
    if (equals == rest.npos) return std::nullopt;
    if (rest[equals] == ';') {
      rest.remove_prefix(equals);
      continue;
    }
    rest.remove_prefix(equals + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::string value;
    if (rest.starts_with('"')) {
      std::size_t at = 1;
      for (; at < rest.size() && rest[at] != '"'; ++at) {
        // Only these two are escaped: browsers send the backslashes of a path as they are.
        const bool escape = rest[at] == '\\' && at + 1 < rest.size() &&
                            (rest[at + 1] == '"' || rest[at + 1] == '\\');
        if (escape) ++at;
        value += rest[at];
      }
      if (at >= rest.size()) return std::nullopt;
      rest.remove_prefix(at + 1);
      rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    } else {
      const auto end = std::min(rest.find(';'), rest.size());
      value = trimmed(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    if (wanted) return value;
  }
  return std::nullopt;
}

/// Reads the header fields of a part; false when there is no form's name in them.
bool read_fields(std::string_view fields, form_part& into) {
  bool named = false;
  while (!fields.empty()) {
    const auto end = std::min(fields.find(line_end), fields.size());
    const auto line = fields.substr(0, end);
    fields.remove_prefix(std::min(end + line_end.size(), fields.size()));
    const auto colon = line.find(':');
    if (colon == line.npos) return false;
    const auto name = ascii::lower_case(trimmed(line.substr(0, colon)));
    const auto value = trimmed(line.substr(colon + 1));
    if (name == "content-type") into.content_type = value;
    if (name != "content-disposition") continue;
    if (ascii::lower_case(trimmed(value.substr(0, value.find(';')))) != "form-data") return false;
    auto given = header_parameter(value, "name");
    if (!given) return false;
    into.name = std::move(*given);
    into.file = header_parameter(value, "filename");
    named = true;
  }
  return named;
}

}  // namespace

std::optional<std::vector<form_part>> multipart_form(std::string_view content_type,
                                                     std::string_view body) {
  constexpr std::size_t longest_boundary = 70, longest_fields = 8 * 1024;
  const auto boundary = header_parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > longest_boundary) return std::nullopt;
  const auto delimiter = "--" + *boundary;
  // Text in front of the first delimiter is of no meaning.
  if (!body.starts_with(delimiter)) {
    const auto first = body.find("\r\n" + delimiter);
    if (first == body.npos) return std::nullopt;
    body.remove_prefix(first + line_end.size());
  }
  body.remove_prefix(delimiter.size());
  std::vector<form_part> parts;
  const auto next = "\r\n" + delimiter;
  while (!body.starts_with("--")) {
    body.remove_prefix(std::min(body.find_first_not_of(" \t"), body.size()));
    if (!body.starts_with(line_end) || parts.size() == max_form_parts) return std::nullopt;
    body.remove_prefix(line_end.size());
    const auto blank = body.find("\r\n\r\n");
    if (blank == body.npos || blank > longest_fields) return std::nullopt;
    form_part part;
    if (!read_fields(body.substr(0, blank), part)) return std::nullopt;
    // The line end of the last field may be that of an empty content too.
    body.remove_prefix(blank + line_end.size());
    const auto end = body.find(next);
    if (end == body.npos) return std::nullopt;
    if (end > 0) part.content = body.substr(line_end.size(), end - line_end.size());
    parts.push_back(std::move(part));
    body.remove_prefix(end + next.size());
  }
  return parts;
}

}  // namespace postrider::sources
