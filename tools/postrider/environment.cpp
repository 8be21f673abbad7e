#include "tools/postrider/environment.hpp"

#include <cctype>
#include <unistd.h>

namespace postrider::cli {

namespace {

constexpr std::string_view prefix = "POSTRIDER_";

std::string level(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '.') {
      text += "__";
    } else {
      text += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

}  // namespace

environment process_environment() {
  environment found;
  // A setuid program called this one: its caller, who has fewer rights, chose the variables.
  if (::getuid() != ::geteuid() || ::getgid() != ::getegid()) return found;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const auto equals = line.find('=');
    if (equals != std::string_view::npos)
      found.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return found;
}

std::string variable_name(std::string_view section, std::string_view key) {
  return std::string(prefix) + level(section) + "__" + level(key);
}

std::string variable_name(std::string_view section, std::string_view name, std::string_view key) {
  return std::string(prefix) + level(section) + "__" + level(name) + "__" + level(key);
}

bool names_a_key(std::string_view variable) {
  return variable.starts_with(prefix) &&
         variable.find("__", prefix.size()) != std::string_view::npos;
}

}  // namespace postrider::cli
