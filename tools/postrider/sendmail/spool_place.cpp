#include "tools/postrider/sendmail/spool_place.hpp"

#include "tools/postrider/sendmail/caller.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace postrider::cli {

namespace {

constexpr auto service_mail_socket = "/run/postrider/mail.sock";

std::string variable_of(const environment& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

outcome<std::uint64_t> number_of(const environment& variables, std::string_view name,
                                 std::uint64_t otherwise) {
  constexpr std::uint64_t most = 1'000'000;
  const auto text = variable_of(variables, name);
  if (text.empty()) return otherwise;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most)
    return failure::because(
        fmt::format("{} is \"{}\"; expected a number from 1 to {}", name, text, most));
  return number;
}

/// In a common folder others can make something of this user's name first.
bool is_of_another(const std::string& path, ::uid_t user) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0 && (about.st_uid != user || !S_ISDIR(about.st_mode));
}

}  // namespace

spool_surroundings surroundings_of_caller(const environment& variables) {
  std::error_code unknown;
  return {variables, ::geteuid(), home_of_caller(variables),
          std::filesystem::is_directory(common_spool, unknown) ? std::string(common_spool) : ""};
}

outcome<std::vector<std::string>> spool_folders(const spool_surroundings& around) {
  if (const auto named = variable_of(around.variables, "POSTRIDER_SPOOL"); !named.empty()) {
    if (!named.starts_with('/'))
      return failure::because("POSTRIDER_SPOOL is no absolute path: " + named);
    return std::vector<std::string>{named};
  }
  std::vector<std::string> found;
  auto state = variable_of(around.variables, "XDG_STATE_HOME");
  // The specification has relative paths ignored. Daemons often have "/" or a folder that is not
  // there as their home.
  if (!state.starts_with('/'))
    state = around.home.size() > 1 && around.home.starts_with('/') ? around.home + "/.local/state"
                                                                   : std::string();
  if (!state.empty()) found.push_back(state + "/postrider/spool");
  const auto own = fmt::format("{}/{}", around.common, around.user);
  if (!around.common.empty() && (found.empty() || !is_of_another(own, around.user))) {
    std::error_code unknown;
    if (!found.empty() && !std::filesystem::is_directory(found.front(), unknown)) found.clear();
    found.push_back(own);
  }
  if (!found.empty()) return found;
  return failure::because(fmt::format(
      "there is no folder for a spool: this user has no home, and there is no {}; make it with "
      "mode 1733, or set POSTRIDER_SPOOL",
      common_spool));
}

outcome<spool_limits> limits_of_spool(const environment& variables) {
  spool_limits limits;
  const auto mails = number_of(variables, "POSTRIDER_SPOOL_MAX_MAILS", limits.mails);
  if (!mails) return mails.error();
  const auto mebibytes = number_of(variables, "POSTRIDER_SPOOL_MAX_MIB", limits.bytes >> 20);
  if (!mebibytes) return mebibytes.error();
  return spool_limits{static_cast<std::size_t>(*mails), *mebibytes << 20};
}

std::string mail_socket(const environment& variables) {
  const auto named = variable_of(variables, "POSTRIDER_MAIL_SOCKET");
  return named.empty() ? service_mail_socket : named;
}

}  // namespace postrider::cli
