#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::provider_sim {

// The fields of application/x-www-form-urlencoded (WHATWG URL, section 5), which a query is too.
class form {
 public:
  using field = std::pair<std::string, std::string>;

  // nullopt for an escape that is none and for what is not UTF-8 once decoded.
  static std::optional<form> parse(std::string_view text);

  // The first value; nullptr when the field is absent.
  const std::string* find(std::string_view name) const;
  // The first value, or an empty text.
  std::string_view get(std::string_view name) const;

  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  const std::vector<field>& fields() const { return fields_; }
  std::string text() const;

 private:
  std::vector<field> fields_;
};

// Every byte but the unreserved ones of RFC 3986 as %XX.
std::string percent_encode(std::string_view text);
// %XX, and `+` for a space if so told; nullopt for an escape that is none.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

bool is_utf8(std::string_view text);
// How many UTF-16 units the text takes; it must be UTF-8.
std::size_t utf16_units(std::string_view text);

}  // namespace postrider::provider_sim
