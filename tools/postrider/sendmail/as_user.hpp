#pragma once

#include "tools/postrider/failure.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

/// Root serves the spools of all users. It never touches their files itself: a folder's owner could
/// put a link there. A child process with that user's rights does it.
namespace postrider::cli {

struct user_folder {
  std::string path;
  ::uid_t user = 0;
};

/// The folders below `common` that are named after their owner's number, in the order of the
/// numbers. Other files are left alone.
std::vector<user_folder> folders_of_users(const std::string& common);

struct user_result {
  int code = 0;
  std::string text;
};

/// Longer than a server may take for a mail.
inline constexpr std::chrono::milliseconds time_of_user{180'000};

/// Runs `work` in a child process with the rights of `user`, and returns what it returned. The
/// child is ended after `limit`; one that cannot be, because its user stopped it, is left behind.
/// The failure says why there is no result.
outcome<user_result> run_as_user(::uid_t user, const std::function<user_result()>& work,
                                 std::chrono::milliseconds limit = time_of_user);

}  // namespace postrider::cli
