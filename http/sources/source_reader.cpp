#include "http/sources/source_reader.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/percent.hpp"
#include "http/media_type.hpp"
#include "http/target.hpp"
#include "sources/forms.hpp"
#include "sources/masking.hpp"

#include <algorithm>
#include <array>

namespace postrider::http {
namespace {

constexpr std::array<std::string_view, 3> key_parameters{"key", "token", "auth"};

std::string_view after_scheme(std::string_view value, std::string_view scheme) {
  if (!equals_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

/// "Bearer pr_..." or "Basic ...", whose password is the key.
std::optional<std::string> authorization_key(std::string_view value) {
  if (const auto token = after_scheme(value, "Bearer "); !token.empty()) return std::string(token);
  if (const auto basic = after_scheme(value, "Basic "); !basic.empty()) {
    const auto pair = base64_decoded(basic);
    if (!pair) return std::nullopt;
    const auto colon = pair->find(':');
    // Some clients put it where the user name belongs.
    auto password = colon == pair->npos ? *pair : pair->substr(colon + 1);
    return password.empty() ? pair->substr(0, colon) : password;
  }
  return std::nullopt;
}

/// ntfy's ?auth= is the header's value in base64, of which the padding may be missing.
std::optional<std::string> auth_parameter_key(std::string value) {
  for (char& c : value)
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (value.size() % 4 != 0)
    value += '=';
  const auto header = base64_decoded(value);
  return header ? authorization_key(*header) : std::nullopt;
}

/// The encoded segments of the path below the source.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> found;
  while (!path.empty()) {
    const auto end = path.find('/');
    if (end != 0) found.push_back(path.substr(0, end));
    path.remove_prefix(end == path.npos ? path.size() : end + 1);
  }
  return found;
}

bool is_key_parameter(std::string_view name) {
  return std::ranges::find(key_parameters, ascii::lower_case(name)) != key_parameters.end();
}

}  // namespace

std::optional<std::string> source_key(const request& from) {
  for (const auto& [name, value] : from.fields) {
    if (equals_ignoring_case(name, "Authorization"))
      if (auto key = authorization_key(value)) return key;
    if (equals_ignoring_case(name, "X-Gotify-Key")) return std::string(value);
  }
  const auto query = sources::form_of(from.query);
  if (auto key = sources::field_of(query, {"key", "token"})) return key;
  if (auto value = sources::field_of(query, {"auth"}))
    if (auto key = auth_parameter_key(std::move(*value))) return key;
  for (const auto segment : segments_of(from.source_path))
    if (sources::looks_like_key(segment)) return std::string(segment);
  return std::nullopt;
}

std::optional<sources::incoming> source_input(const request& from) {
  sources::incoming made;
  made.method = method_name(from.method);
  for (const auto segment : segments_of(from.source_path)) {
    if (sources::looks_like_key(segment)) continue;
    auto decoded = decoded_part(segment);
    if (!decoded) return std::nullopt;
    made.path.push_back(std::move(*decoded));
  }
  for (auto& [name, value] : sources::form_of(from.query))
    if (!is_key_parameter(name)) made.query.emplace_back(name, value);
  made.headers = from.fields;
  made.content_type = from.content_type;
  made.body = from.body;
  made.now = std::chrono::floor<actors::time_point::duration>(std::chrono::system_clock::now());
  return made;
}

std::string shown_target(const request& from) {
  std::string shown(from.path);
  std::string_view query = from.query;
  for (bool first = true; auto pair = next_field(query); first = false) {
    shown += first ? '?' : '&';
    shown += pair->name;
    shown += '=';
    // An escape could hide a key from without_keys.
    const auto name = percent_decoded(pair->name), value = percent_decoded(pair->value);
    const bool hidden =
        (name && is_key_parameter(*name)) || (value && sources::without_keys(*value) != *value);
    shown += hidden ? std::string_view("***") : pair->value;
  }
  return sources::without_keys(shown);
}

}  // namespace postrider::http
