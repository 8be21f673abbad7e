#include "tools/postrider/sendmail/as_user.hpp"

#include "tools/postrider/sendmail/caller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <optional>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace postrider::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_child_text = 1u << 20;

/// Gives up all other rights for good. False: some are left.
bool become(::uid_t user) {
  if (::geteuid() == user) return true;
  const auto group = group_of_user(user);
  return ::setgroups(0, nullptr) == 0 && ::setresgid(group, group, group) == 0 &&
         ::setresuid(user, user, user) == 0 && ::geteuid() == user && ::getuid() == user &&
         ::setuid(0) != 0;
}

[[noreturn]] void be_child(int out, ::uid_t user, const std::function<user_result()>& work,
                           std::chrono::milliseconds limit) {
  constexpr int not_that_user = 127;
  ::alarm(static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(limit).count()));
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

using clock = std::chrono::steady_clock;

/// The text that the child wrote; nothing when it has not ended in time.
std::optional<std::string> read_to_end(int in, clock::time_point until) {
  std::string text;
  std::array<char, 4'096> piece{};
  ::pollfd one{in, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    if (left.count() <= 0) return std::nullopt;
    if (::poll(&one, 1, static_cast<int>(left.count())) <= 0) continue;
    const auto got = ::read(in, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    if (text.size() < max_child_text) text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

/// Ends a child that did not end by itself. Its user may have stopped it, and a sender with few
/// rights may signal no process of others; systemd ends that one with the service.
failure ended_late(::pid_t child, ::uid_t user) {
  if (::kill(child, SIGKILL) == 0) ::waitpid(child, nullptr, 0);
  return failure::because(fmt::format(
      "the process of user {} did not end in time; ask this user whether it was stopped", user));
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

outcome<user_result> run_as_user(::uid_t user, const std::function<user_result()>& work,
                                 std::chrono::milliseconds limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return failure::because("a pipe cannot be made: " + std::generic_category().message(errno));
  const auto child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_child(ends[1], user, work, limit);
  }
  const int error = errno;
  ::close(ends[1]);
  // The child ends itself first, if it can.
  const auto until = clock::now() + limit + limit / 10;
  const auto text = child > 0 ? read_to_end(ends[0], until) : std::nullopt;
  ::close(ends[0]);
  if (child < 0)
    return failure::because("no process can be started: " + std::generic_category().message(error));
  if (!text) return ended_late(child, user);
  int status = 0;
  if (::waitpid(child, &status, 0) != child)
    return failure::because(fmt::format("the end of the process of user {} is not known", user));
  if (WIFSIGNALED(status))
    return failure::because(
        fmt::format("the process of user {} was ended by signal {}", user, WTERMSIG(status)));
  return user_result{WEXITSTATUS(status), *text};
}

}  // namespace postrider::cli
