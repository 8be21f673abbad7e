#include "http/json/json_reader.hpp"

#include "base/utf8.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <unordered_set>
#include <vector>

namespace postrider::http {
namespace {

namespace json = boost::json;
using json::error_code;

/// The limits that Boost.JSON asks a handler for; both handlers below share them.
struct limits {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();
};

bool beyond_range(double number, json::string_view text) {
  return !std::isfinite(number) || text.find_first_of(".eE") == json::string_view::npos;
}

/// Builds the document and counts the members that were read.
struct builder : limits {
  explicit builder(json::storage_ptr memory) : stack(std::move(memory)) {}

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t size, error_code&) {
    members += size;
    stack.push_object(size);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t size, error_code&) {
    stack.push_array(size);
    return true;
  }
  bool on_key_part(json::string_view text, std::size_t, error_code&) {
    stack.push_chars(text);
    return true;
  }
  bool on_key(json::string_view text, std::size_t, error_code&) {
    stack.push_key(text);
    return true;
  }
  bool on_string_part(json::string_view text, std::size_t, error_code&) {
    stack.push_chars(text);
    return true;
  }
  bool on_string(json::string_view text, std::size_t, error_code&) {
    stack.push_string(text);
    return true;
  }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, error_code&) {
    stack.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
    stack.push_uint64(number);
    return true;
  }
  bool on_double(double number, json::string_view text, error_code& error) {
    if (beyond_range(number, text)) {
      error = json::error::exponent_overflow;
      return false;
    }
    stack.push_double(number);
    return true;
  }
  bool on_bool(bool yes, error_code&) {
    stack.push_bool(yes);
    return true;
  }
  bool on_null(error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

  json::value_stack stack;
  std::size_t members = 0;
};

/// Second pass over a document that is known to have a duplicate: finds the first one.
struct duplicate_finder : limits {
  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(json::string_view text, std::size_t, error_code&) {
    key.append(text.data(), text.size());
    return true;
  }
  bool on_key(json::string_view text, std::size_t, error_code& error) {
    key.append(text.data(), text.size());
    if (!open.back().insert(key).second) {
      error = json::error::syntax;
      return false;
    }
    key.clear();
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, error_code&) { return true; }
  bool on_double(double, json::string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

  std::vector<std::unordered_set<std::string>> open;
  std::string key;
};

json::parse_options options() {
  json::parse_options strict;
  strict.max_depth = max_json_depth;
  return strict;
}

std::size_t count_members(const json::value& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object)
      count += count_members(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array)
      count += count_members(element);
  }
  return count;
}

json_error error_at(std::string_view text, std::size_t offset, std::string what) {
  json_error error{std::move(what)};
  std::string_view before = text.substr(0, offset);
  for (std::size_t end; (end = before.find('\n')) != before.npos; before.remove_prefix(end + 1))
    ++error.line;
  while (!before.empty()) {
    before.remove_prefix(std::max<std::size_t>(utf8_sequence(before), 1));
    ++error.column;
  }
  return error;
}

std::string sentence_for(const error_code& error) {
  if (error == json::error::exponent_overflow)
    return "the number is beyond the range of this server";
  if (error == json::error::incomplete) return "the document ends too early";
  if (error == json::error::extra_data) return "there is more after the end of the document";
  if (error == json::error::too_deep)
    return fmt::format("more than {} levels of nesting", max_json_depth);
  return error.message();
}

json_error find_duplicate(std::string_view text) {
  json::basic_parser<duplicate_finder> parser(options());
  error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  return error_at(text, read, fmt::format("the member \"{}\" appears twice", parser.handler().key));
}

}  // namespace

void throw_exception_from_error(const json_error& error, const boost::source_location&) {
  throw std::runtime_error(to_string(error));
}

std::string to_string(const json_error& error) {
  return fmt::format("line {}, column {}: {}", error.line, error.column, error.what);
}

boost::system::result<json::value, json_error> parse_json(std::string_view text,
                                                          json::storage_ptr memory) {
  json::basic_parser<builder> parser(options(), memory);
  parser.handler().stack.reset(memory);
  error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) return error_at(text, read, sentence_for(error));
  if (read != text.size()) return error_at(text, read, sentence_for(json::error::extra_data));
  json::value document = parser.handler().stack.release();
  // Boost.JSON keeps the last of several equal names: then fewer members are left than were read.
  if (count_members(document) != parser.handler().members) return find_duplicate(text);
  return document;
}

}  // namespace postrider::http
