#pragma once

#include "tools/postrider/key_table.hpp"

#include <charconv>

/// The words in which the key tables are written.
namespace postrider::cli {

using kind = value_kind;

inline void assign(std::string& to, const value& found) { to = found.text; }
inline void assign(std::int32_t& to, const value& found) {
  to = static_cast<std::int32_t>(found.integer);
}
inline void assign(std::int64_t& to, const value& found) { to = found.integer; }
inline void assign(std::size_t& to, const value& found) {
  to = static_cast<std::size_t>(found.integer);
}
inline void assign(double& to, const value& found) { to = found.number; }
inline void assign(bool& to, const value& found) { to = found.boolean; }
inline void assign(std::chrono::milliseconds& to, const value& found) { to = found.duration; }
inline void assign(actors::rate_limit& to, const value& found) { to.per_second = found.number; }
/// The mode of a file: a text of octal digits.
inline void assign(unsigned& to, const value& found) {
  std::from_chars(found.text.data(), found.text.data() + found.text.size(), to, 8);
}
inline void assign(std::vector<std::string>& to, const value& found) { to = list_of(found.text); }
inline void assign(log_format& to, const value& found) {
  to = found.text == "json" ? log_format::json : log_format::text;
}
inline void assign(log_recipients& to, const value& found) {
  to = found.text == "full" ? log_recipients::full : log_recipients::masked;
}
inline void assign(persistence::on_unknown& to, const value& found) {
  to = persistence::parse_on_unknown(found.text).value_or(persistence::on_unknown::retry);
}

/// Stores a value under a path of members: into<&settings::http, &http_settings::listen>.
template <auto Member, auto... Rest>
void into(auto& root, const value& found) {
  if constexpr (sizeof...(Rest) == 0) {
    assign(root.*Member, found);
  } else {
    into<Rest...>(root.*Member, found);
  }
}

constexpr double second = 1'000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
constexpr double kib = 1024, mib = 1024 * kib;

inline key_info bounded(kind k, const char* name, std::string default_value, double min, double max,
                        const char* help) {
  return {name, k, std::move(default_value), min, max, {}, help};
}
inline key_info whole(const char* name, std::string default_value, double min, double max,
                      const char* help) {
  return bounded(kind::integer, name, std::move(default_value), min, max, help);
}
inline key_info span(const char* name, std::string default_value, double min, double max,
                     const char* help) {
  return bounded(kind::duration, name, std::move(default_value), min, max, help);
}
inline key_info plain(kind k, const char* name, const char* default_value, const char* help) {
  return {.name = name, .kind = k, .default_value = default_value, .help = help};
}
inline key_info needed_text(const char* name, const char* default_value, const char* help) {
  return {.name = name, .default_value = default_value, .help = help, .required = true};
}
inline key_info one_of(const char* name, const char* default_value, const char* choices,
                       const char* help) {
  return {.name = name,
          .kind = kind::choice,
          .default_value = default_value,
          .choices = choices,
          .help = help};
}

/// Signal's daemon and the like are most often on this machine.
inline constexpr const char* called_directly = "localhost 127.0.0.0/8 ::1";

}  // namespace postrider::cli
