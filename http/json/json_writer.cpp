#include "http/json/json_writer.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace postrider::http {
namespace {

constexpr bool plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f &&
         c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    std::size_t run = 0;
    while (run < text.size() && plain(text[run]))
      ++run;
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    const std::size_t size = utf8_sequence(text);
    if (size == 0) out.append("\xef\xbf\xbd");
    else if (size == 1) append_escaped(out, text[0]);
    else out.append(text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out.push_back('"');
}

void json_writer::separate() {
  if (!first_) out_.push_back(',');
  first_ = false;
}

json_writer& json_writer::open(char bracket) {
  separate();
  out_.push_back(bracket);
  first_ = true;
  return *this;
}

json_writer& json_writer::close(char bracket) {
  out_.push_back(bracket);
  first_ = false;
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_.push_back(':');
  first_ = true;
  return *this;
}

json_writer& json_writer::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

json_writer& json_writer::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

json_writer& json_writer::value(bool yes) { return raw(yes ? "true" : "false"); }

json_writer& json_writer::null() { return raw("null"); }

json_writer& json_writer::value(double number) {
  // JSON has no infinity and no NaN (RFC 8259, 6).
  return std::isfinite(number) ? raw(fmt::format("{}", number)) : null();
}

json_writer& json_writer::signed_number(long long number) {
  const fmt::format_int digits(number);
  return raw({digits.data(), digits.size()});
}

json_writer& json_writer::unsigned_number(unsigned long long number) {
  const fmt::format_int digits(number);
  return raw({digits.data(), digits.size()});
}

json_writer& json_writer::value(time_point time) {
  separate();
  out_.push_back('"');
  append_rfc3339(out_, time);
  out_.push_back('"');
  return *this;
}

}  // namespace postrider::http
