#include "sources/payload.hpp"

#include "sources/texts.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <charconv>

namespace postrider::sources {
namespace {

namespace json = boost::json;

refusal no_json(const source_settings& of, std::string_view why) {
  return {400, fmt::format("the body is no JSON ({}); a source of type \"{}\" takes {}", why,
                           to_string(of.type),
                           of.type == source_type::json
                               ? "JSON; for plain text use a source of type \"text\""
                               : "the JSON of its program; for other payloads use a source of type "
                                 "\"json\" or \"text\"")};
}

/// True when the text is a number that names an element.
bool element_number(std::string_view text, std::size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

boost::system::result<json::value, refusal> parse_payload(const source_settings& of,
                                                          std::string_view body) {
  // Some programs begin with a byte order mark, and some send another charset than UTF-8. The text
  // is cleaned before it is sent.
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  if (trimmed(body).empty()) return no_json(of, "it is empty");
  json::parse_options options;
  options.max_depth = max_payload_depth;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  auto parsed = json::parse(body, error, {}, options);
  if (error) return no_json(of, error.message());
  return parsed;
}

boost::system::result<json::value, refusal> parse_object(const source_settings& of,
                                                         std::string_view body) {
  auto parsed = parse_payload(of, body);
  if (parsed && !parsed->is_object()) return no_json(of, "it is not an object");
  return parsed;
}

const json::value* member(const json::value& of, std::string_view name) {
  const auto* object = of.if_object();
  return object ? object->if_contains(name) : nullptr;
}

std::string text_of(const json::value& value) {
  if (const auto* text = value.if_string()) return {text->data(), text->size()};
  if (value.is_double()) return fmt::format("{}", value.get_double());
  if (value.is_number() || value.is_bool()) return json::serialize(value);
  return {};
}

std::string text_member(const json::value& of, std::string_view name) {
  const auto* found = member(of, name);
  return found ? text_of(*found) : std::string();
}

std::optional<std::int64_t> whole_number(const json::value* value) {
  if (!value) return std::nullopt;
  if (value->is_double()) {
    const auto number = value->as_double();
    if (number < -1e15 || number > 1e15) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  boost::system::error_code error;
  if (value->is_number()) {
    const auto number = value->to_number<std::int64_t>(error);
    return error ? std::nullopt : std::optional(number);
  }
  std::int64_t number = 0;
  const auto text = text_of(*value);
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

const json::value* by_dots(const json::value& from, std::string_view path) {
  const json::value* at = &from;
  while (at && !path.empty()) {
    const auto dot = path.find('.');
    const auto name = path.substr(0, dot);
    path.remove_prefix(dot == path.npos ? path.size() : dot + 1);
    std::size_t number = 0;
    if (const auto* list = at->if_array())
      at = element_number(name, number) && number < list->size() ? &(*list)[number] : nullptr;
    else at = member(*at, name);
  }
  return at;
}

}  // namespace postrider::sources
