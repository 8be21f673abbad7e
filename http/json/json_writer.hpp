#pragma once

#include "base/time_text.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::http {

/// Writes a JSON document straight into a string whose memory is used again. Commas come by
/// themselves; that objects and arrays are closed is the caller's matter.
class json_writer {
 public:
  explicit json_writer(std::string& out) : out_(out) {}

  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }
  json_writer& key(std::string_view name);

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(bool yes);
  json_writer& value(std::integral auto number) { return integer(number); }
  json_writer& value(double number);
  json_writer& value(time_point time);
  json_writer& null();
  template <class T>
  json_writer& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  /// A document that is JSON already.
  json_writer& raw(std::string_view json);

  template <class T>
  json_writer& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  /// `null` in place of an empty text.
  json_writer& text_or_null(std::string_view name, std::string_view text) {
    key(name);
    return text.empty() ? null() : value(text);
  }

 private:
  json_writer& open(char bracket);
  json_writer& close(char bracket);
  json_writer& integer(std::signed_integral auto number) { return signed_number(number); }
  json_writer& integer(std::unsigned_integral auto number) { return unsigned_number(number); }
  json_writer& signed_number(long long number);
  json_writer& unsigned_number(unsigned long long number);
  void separate();

  std::string& out_;
  bool first_ = true;
};

/// Appends `text` with its quotes (RFC 8259, 7). What is not UTF-8, which a provider's error text
/// can be, becomes U+FFFD: the document stays valid whatever is in it.
void append_json_string(std::string& out, std::string_view text);

}  // namespace postrider::http
