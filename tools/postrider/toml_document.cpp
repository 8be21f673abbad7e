#include "tools/postrider/toml_document.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
// toml++ 3 asserts that a table's name begins as a key does before it looks whether it does: in a
// debug build "[~]" would end the program, and is otherwise told as the mistake that it is.
#define TOML_ASSERT(expr) static_cast<void>(0)
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace postrider::cli {

namespace {

position position_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

template <class T>
std::string streamed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

toml_node convert(const toml::node& node);

toml_node convert_table(const toml::table& table) {
  toml_node result;
  result.value.is = raw_value::type::table;
  for (const auto& [key, node] : table) {
    toml_member member{std::string(key.str()), position_of(key.source()), {}};
    member.node.push_back(convert(node));
    result.members.push_back(std::move(member));
  }
  // toml++ keeps keys by name; people read files from the top.
  std::stable_sort(result.members.begin(), result.members.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return result;
}

toml_node convert_array(const toml::array& array) {
  toml_node result;
  result.value.is = raw_value::type::array;
  for (const auto& element : array)
    result.elements.push_back(convert(element));
  return result;
}

/// 1.0 stays 1.0, so that it is shown as it was written.
std::string floating_text(double number) {
  auto text = fmt::format("{}", number);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

raw_value convert_scalar(const toml::node& node) {
  using type = raw_value::type;
  if (const auto* text = node.as_string()) return {type::string, text->get(), {}};
  if (const auto* number = node.as_integer())
    return {type::integer, fmt::format("{}", number->get()), {}};
  if (const auto* number = node.as_floating_point()) {
    return {type::floating, floating_text(number->get()), {}};
  }
  if (const auto* flag = node.as_boolean())
    return {type::boolean, flag->get() ? "true" : "false", {}};
  if (const auto* date = node.as_date()) return {type::time, streamed(date->get()), {}};
  if (const auto* time = node.as_time()) return {type::time, streamed(time->get()), {}};
  if (const auto* moment = node.as_date_time()) return {type::time, streamed(moment->get()), {}};
  return {type::string, {}, {}};
}

toml_node convert(const toml::node& node) {
  toml_node result;
  if (const auto* table = node.as_table()) {
    result = convert_table(*table);
  } else if (const auto* array = node.as_array()) {
    result = convert_array(*array);
  } else {
    result.value = convert_scalar(node);
  }
  result.value.at = position_of(node.source());
  return result;
}

}  // namespace

const toml_member* toml_node::find(std::string_view key) const {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.key == key; });
  return found == members.end() ? nullptr : &*found;
}

boost::system::result<toml_node, toml_error> parse_toml(std::string_view text) {
  const auto parsed = toml::parse(text);
  if (!parsed) {
    return toml_error{std::string(parsed.error().description()),
                      position_of(parsed.error().source())};
  }
  return convert(parsed.table());
}

}  // namespace postrider::cli
