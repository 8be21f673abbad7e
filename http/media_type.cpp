#include "http/media_type.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace postrider::http {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view take_part(std::string_view& text) {
  const auto end = text.find(';');
  const auto part = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return trimmed(part);
}

namespace {

bool other_charset(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (equals == parameter.npos || !equals_ignoring_case(parameter.substr(0, equals), "charset"))
    return false;
  std::string_view value = parameter.substr(equals + 1);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return !equals_ignoring_case(value, "utf-8");
}

bool has_utf8_charset(std::string_view parameters) {
  while (!parameters.empty())
    if (other_charset(take_part(parameters))) return false;
  return true;
}

}  // namespace

bool is_json(std::string_view content_type) {
  return equals_ignoring_case(take_part(content_type), "application/json") &&
         has_utf8_charset(content_type);
}

bool is_ndjson(std::string_view content_type) {
  const auto type = take_part(content_type);
  const auto is = [type](std::string_view known) { return equals_ignoring_case(type, known); };
  return (is("application/x-ndjson") || is("application/ndjson") || is("application/jsonl")) &&
         has_utf8_charset(content_type);
}

bool accepts_html(const request& from) {
  return std::ranges::any_of(from.fields, [](const auto& one) {
    return equals_ignoring_case(one.first, "Accept") &&
           one.second.find("text/html") != std::string_view::npos;
  });
}

}  // namespace postrider::http
