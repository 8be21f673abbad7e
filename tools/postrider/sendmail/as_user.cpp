#include "tools/postrider/sendmail/as_user.hpp"

#include "tools/postrider/sendmail/caller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace postrider::cli {

namespace {

namespace fs = std::filesystem;

constexpr unsigned child_limit_s = 600;
constexpr std::size_t max_child_text = 1u << 20;

/// Gives up all other rights for good. False: some are left.
bool become(::uid_t user) {
  if (::geteuid() == user) return true;
  const auto group = group_of_user(user);
  return ::setgroups(0, nullptr) == 0 && ::setresgid(group, group, group) == 0 &&
         ::setresuid(user, user, user) == 0 && ::geteuid() == user && ::getuid() == user &&
         ::setuid(0) != 0;
}

[[noreturn]] void be_child(int out, ::uid_t user, const std::function<user_result()>& work) {
  constexpr int not_that_user = 127;
  ::alarm(child_limit_s);
  if (!become(user)) ::_exit(not_that_user);
  user_result done{not_that_user, {}};
  try {
    done = work();
  } catch (const std::exception& unexpected) {
    done = {1, unexpected.what()};
  }
  std::string_view text = done.text;
  while (!text.empty()) {
    const auto written = ::write(out, text.data(), text.size());
    if (written <= 0 && errno != EINTR) break;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::_exit(done.code);
}

std::string read_to_end(int in) {
  std::string text;
  std::array<char, 4'096> piece{};
  for (;;) {
    const auto got = ::read(in, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    if (text.size() < max_child_text) text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::vector<user_folder> folders_of_users(const std::string& common) {
  std::vector<user_folder> found;
  std::error_code error;
  for (fs::directory_iterator at(common, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    ::uid_t user = 0;
    const auto [read, wrong] = std::from_chars(name.data(), name.data() + name.size(), user);
    struct stat about {};
    if (wrong == std::errc() && read == name.data() + name.size() &&
        ::lstat(at->path().c_str(), &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == user)
      found.push_back({at->path().string(), user});
  }
  std::ranges::sort(found, {}, &user_folder::user);
  return found;
}

outcome<user_result> run_as_user(::uid_t user, const std::function<user_result()>& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return failure::because("a pipe cannot be made: " + std::generic_category().message(errno));
  const auto child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_child(ends[1], user, work);
  }
  ::close(ends[1]);
  user_result result;
  if (child > 0) result.text = read_to_end(ends[0]);
  ::close(ends[0]);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child)
    return failure::because("no process can be started: " + std::generic_category().message(errno));
  if (WIFSIGNALED(status))
    return failure::because(
        fmt::format("the process of user {} was ended by signal {}", user, WTERMSIG(status)));
  result.code = WEXITSTATUS(status);
  return result;
}

}  // namespace postrider::cli
