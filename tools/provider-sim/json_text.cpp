#include "tools/provider-sim/json_text.hpp"

#include <boost/json/serializer.hpp>

namespace postrider::provider_sim {

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json_value(std::string& out, const boost::json::value& value) {
  if (const auto* text = value.if_string()) return append_json_string(out, *text);
  if (const auto* number = value.if_int64()) return append_number(out, *number);
  boost::json::serializer writer;
  writer.reset(&value);
  char piece[256];
  while (!writer.done())
    out.append(writer.read(piece));
}

}  // namespace postrider::provider_sim
