#include "sources/forms.hpp"

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "sources/texts.hpp"

namespace postrider::sources {
namespace {

bool has_type(std::string_view content_type, std::string_view wanted) {
  return ascii::lower_case(trimmed(content_type.substr(0, content_type.find(';')))) == wanted;
}

std::string decoded_part(std::string_view text) {
  if (auto decoded = percent_decoded(text, plus_sign::space)) return std::move(*decoded);
  return std::string(text);
}

}  // namespace

bool is_form(std::string_view content_type) {
  return has_type(content_type, "application/x-www-form-urlencoded");
}
bool is_json_type(std::string_view content_type) {
  return has_type(content_type, "application/json");
}
bool is_multipart(std::string_view content_type) {
  return has_type(content_type, "multipart/form-data");
}

text_fields form_of(std::string_view body) {
  constexpr std::size_t most_fields = 100;
  text_fields fields;
  while (fields.size() < most_fields) {
    const auto next = next_field(body);
    if (!next) break;
    fields.emplace_back(decoded_part(next->name), decoded_part(next->value));
  }
  return fields;
}

std::optional<std::string> field_of(const text_fields& in,
                                    std::initializer_list<std::string_view> names) {
  return field_of(in, std::span(names.begin(), names.size()));
}

std::optional<std::string> field_of(const text_fields& in,
                                    std::span<const std::string_view> names) {
  for (const auto name : names)
    for (const auto& [given, value] : in)
      if (ascii::lower_case(given) == name) return value;
  return std::nullopt;
}

recipient_list recipients_in(std::string_view text) {
  recipient_list found;
  while (!text.empty()) {
    const auto end = text.find(',');
    const auto given = text.substr(0, end);
    const bool number = given.size() > 1 && given[0] == ' ' && ascii::is_digit(given[1]);
    if (const auto one = trimmed(given); !one.empty())
      found.push_back((number ? "+" : "") + std::string(one));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return found;
}

}  // namespace postrider::sources
