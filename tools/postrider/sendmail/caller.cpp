#include "tools/postrider/sendmail/caller.hpp"

#include "base/ascii.hpp"
#include "base/hex.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <pwd.h>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace postrider::cli {

namespace {

struct known_user {
  std::string login, full_name, home;
  ::gid_t group;
};

std::optional<known_user> look_up(::uid_t user) {
  std::vector<char> texts(16u << 10);
  ::passwd entry{};
  ::passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr)
    return {};
  return known_user{entry.pw_name, entry.pw_gecos, entry.pw_dir, entry.pw_gid};
}

bool is_host_name(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

std::string host_name() {
  std::string name;
  std::ifstream file("/etc/mailname");
  if (std::getline(file, name) && is_host_name(name)) return name;
  std::array<char, 256> own{};
  if (::gethostname(own.data(), own.size() - 1) == 0 && is_host_name(own.data())) return own.data();
  return "localhost";
}

/// The first part of a GECOS field: "&" is the login (passwd(5)).
std::string name_in_gecos(const std::string& gecos, const std::string& login) {
  std::string name;
  for (const char c : gecos.substr(0, gecos.find(','))) {
    if (c != '&') name += c;
    else if (!login.empty()) name += login;
  }
  return name;
}

std::string unique_text(std::chrono::sys_seconds now) {
  std::array<unsigned char, 16> bytes{};
  if (::RAND_bytes(bytes.data(), bytes.size()) != 1)
    throw std::runtime_error("no random number can be had");
  auto text = std::to_string(now.time_since_epoch().count()) + ".";
  for (const auto byte : bytes)
    append_hex(text, static_cast<char>(byte), lower_hex);
  return text;
}

}  // namespace

mail_origin origin_of_caller(std::chrono::sys_seconds now) {
  const auto user = look_up(::getuid());
  mail_origin origin;
  origin.login = login_of_user(::getuid());
  if (user) origin.full_name = name_in_gecos(user->full_name, user->login);
  origin.host = host_name();
  origin.unique = unique_text(now);
  origin.now = now;
  return origin;
}

std::string home_of_caller(const environment& variables) {
  const auto home = variables.find("HOME");
  if (home != variables.end() && home->second.starts_with('/')) return home->second;
  const auto user = look_up(::geteuid());
  return user ? user->home : std::string();
}

std::string login_of_user(::uid_t user) {
  const auto known = look_up(user);
  return known ? known->login : std::to_string(user);
}

::gid_t group_of_user(::uid_t user) {
  const auto known = look_up(user);
  return known ? known->group : user;
}

}  // namespace postrider::cli
