#include "http/json/object_reader.hpp"

#include "base/nearest.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace postrider::http {
namespace {

/// RFC 6901, 3: "~" is "~0" and "/" is "~1" in a pointer.
void append_token(std::string& out, std::string_view name) {
  out.push_back('/');
  for (const char c : name) {
    if (c == '~') out.append("~0");
    else if (c == '/') out.append("~1");
    else out.push_back(c);
  }
}

std::string_view kind_of(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return "null";
    case boost::json::kind::bool_: return "a boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_: return "a number";
    case boost::json::kind::string: return "a string";
    case boost::json::kind::array: return "an array";
    case boost::json::kind::object: break;
  }
  return "an object";
}

void wrong_type(const field& from, std::string_view wanted) {
  from.wrong("wrong_type", fmt::format("must be {}, not {}", wanted, kind_of(from.value())));
}

std::string bounds(std::size_t min, std::size_t max, std::string_view unit) {
  return fmt::format("must have {} to {} {}", min, max, unit);
}

/// Names differ in form only: "callbackUrl", "callback_url", "Callback-URL".
std::string_view advice_for(std::string_view name, std::span<const mistaken_name> mistaken) {
  constexpr std::size_t longest = 64;
  if (name.size() > longest) return {};
  std::string plain;
  for (const char c : name)
    if (c != '_' && c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto found = std::ranges::find(mistaken, plain, &mistaken_name::name);
  return found == mistaken.end() ? std::string_view() : found->advice;
}

/// A name in a message is shown whole unless somebody sent a novel.
std::string quoted(std::string_view name) {
  constexpr std::size_t shown = 64;
  std::size_t size = 0;
  while (size < name.size() && size < shown)
    size += std::max<std::size_t>(utf8_sequence(name.substr(size)), 1);
  return fmt::format("\"{}{}\"", name.substr(0, size), size < name.size() ? "..." : "");
}

/// A recipient of which a member could not be read can be somebody's double all the same.
bool compares(const actors::field_problem& one) { return one.code == "duplicate_recipient"; }

/// True for a problem of an empty value, which perhaps could not be read.
bool complains_of_nothing(const actors::field_problem& one) {
  return one.code == "missing" || one.code == "bad_recipient";
}

}  // namespace

void field::append_pointer(std::string& out) const {
  if (parent_ == nullptr) return;
  parent_->append_pointer(out);
  if (name_.data() != nullptr) append_token(out, name_);
  else append_token(out, std::to_string(index_));
}

std::string field::pointer() const {
  std::string out;
  append_pointer(out);
  return out;
}

void field::wrong(std::string_view code, std::string detail) const {
  if (full()) return;
  problems_.push_back({pointer(), std::string(code), std::move(detail)});
}

void field::wrong_member(std::string_view name, std::string_view code, std::string detail) const {
  if (full()) return;
  std::string where = pointer();
  append_token(where, name);
  problems_.push_back({std::move(where), std::string(code), std::move(detail)});
}

void field::wrong_values(std::vector<actors::field_problem> found) const {
  const std::vector<actors::field_problem> said(problems_);
  for (auto& one : found) {
    const auto explains = [&](const actors::field_problem& earlier) {
      return earlier.pointer == one.pointer
                 ? !compares(one)
                 : complains_of_nothing(one) && earlier.pointer.starts_with(one.pointer + "/");
    };
    if (full()) return;
    if (std::ranges::none_of(said, explains)) problems_.push_back(std::move(one));
  }
}

std::optional<std::string_view> field::text(std::size_t min, std::size_t max) const {
  const auto* string = value_.if_string();
  if (string == nullptr) {
    wrong_type(*this, "a string");
    return std::nullopt;
  }
  const std::string_view text(string->data(), string->size());
  // No text has more characters than bytes: the count is needed near the bounds only.
  if (text.size() >= min && text.size() <= max && min <= 1) return text;
  const std::size_t length = utf8_length(text).value_or(text.size());
  if (length >= min && length <= max) return text;
  wrong(length < min ? "too_short" : "too_long",
        fmt::format("{}, not {}", bounds(min, max, "characters"), length));
  return std::nullopt;
}

std::optional<std::int64_t> field::integer(std::int64_t min, std::int64_t max) const {
  if (!value_.is_number() || value_.is_double()) {
    if (value_.is_double()) wrong("wrong_type", "must be an integer");
    else wrong_type(*this, "an integer");
    return std::nullopt;
  }
  const auto* number = value_.if_int64();
  if (number != nullptr && *number >= min && *number <= max) return *number;
  wrong("out_of_range", fmt::format("must be {} to {}", min, max));
  return std::nullopt;
}

std::optional<bool> field::boolean() const {
  if (const auto* yes = value_.if_bool()) return *yes;
  wrong_type(*this, "true or false");
  return std::nullopt;
}

std::optional<time_point> field::time() const {
  const auto* string = value_.if_string();
  if (string == nullptr) {
    wrong_type(*this, "a time as a string");
    return std::nullopt;
  }
  const auto time = parse_rfc3339({string->data(), string->size()});
  if (!time) wrong("bad_time", "must be a time of RFC 3339 such as 2026-11-23T05:06:07Z");
  return time;
}

std::optional<std::size_t> field::choice(std::span<const std::string_view> names) const {
  const auto* string = value_.if_string();
  if (string == nullptr) {
    wrong_type(*this, "a string");
    return std::nullopt;
  }
  const auto found = std::ranges::find(names, std::string_view(string->data(), string->size()));
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  wrong("bad_value", fmt::format("must be one of {}", fmt::join(names, ", ")));
  return std::nullopt;
}

const boost::json::object* field::object() const {
  const auto* object = value_.if_object();
  if (object == nullptr) wrong_type(*this, "an object");
  return object;
}

const boost::json::array* field::elements_between(std::size_t min, std::size_t max) const {
  const auto* array = value_.if_array();
  if (array == nullptr) {
    wrong_type(*this, "an array");
    return nullptr;
  }
  if (array->size() >= min && array->size() <= max) return array;
  wrong(array->size() < min ? "too_few" : "too_many",
        fmt::format("{}, not {}", bounds(min, max, "elements"), array->size()));
  return nullptr;
}

void complain_unknown(const field& object, std::string_view name,
                      std::span<const std::string_view> known,
                      std::span<const mistaken_name> mistaken) {
  // Names are compared for what is told only.
  if (object.full()) return;
  std::string detail = fmt::format("there is no member {} here", quoted(name));
  if (const auto advice = advice_for(name, mistaken); !advice.empty())
    detail += fmt::format("; {}", advice);
  else if (const auto near = nearest(name, known); !near.empty())
    detail += fmt::format("; did you mean \"{}\"?", near);
  else if (!known.empty()) detail += fmt::format("; known are {}", fmt::join(known, ", "));
  object.wrong_member(name, "unknown_member", std::move(detail));
}

void complain_missing(const field& object, std::string_view name) {
  object.wrong_member(name, "missing", "is required");
}

}  // namespace postrider::http
