#include "persistence/access.hpp"

namespace postrider::persistence {
namespace {

struct word {
  scope value;
  std::string_view text;
};
constexpr word words[] = {{scope::send, "send"},
                          {scope::read, "read"},
                          {scope::metrics, "metrics"},
                          {scope::ingest, "ingest"},
                          {scope::admin, "admin"}};

}  // namespace

std::string_view to_string(scope value) {
  for (const auto& w : words)
    if (w.value == value) return w.text;
  return "";
}

std::optional<scope> parse_scope(std::string_view text) {
  for (const auto& w : words)
    if (w.text == text) return w.value;
  return std::nullopt;
}

std::string to_string(scope_set scopes) {
  std::string text;
  for (const auto& w : words) {
    if (!scopes.names(w.value)) continue;
    if (!text.empty()) text += ' ';
    text += w.text;
  }
  return text;
}

std::optional<scope_set> parse_scopes(std::string_view text) {
  scope_set scopes;
  while (!text.empty()) {
    const auto end = text.find_first_of(" ,");
    const auto one = parse_scope(text.substr(0, end));
    if (!one) return std::nullopt;
    scopes.add(*one);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return scopes;
}

}  // namespace postrider::persistence
