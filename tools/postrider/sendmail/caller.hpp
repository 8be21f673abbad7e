#pragma once

#include "tools/postrider/environment.hpp"
#include "tools/postrider/sendmail/composition.hpp"

#include <chrono>
#include <string>
#include <sys/types.h>

/// The user who calls the program, as the machine knows him.
namespace postrider::cli {

/// Where a mail comes from that this process sends now. The host is that of /etc/mailname, else
/// this machine's name.
mail_origin origin_of_caller(std::chrono::sys_seconds now);

/// The home of this user: $HOME, else that of the user database. Empty when there is none.
std::string home_of_caller(const environment& variables);

/// The login of a user; his number where the user database does not know him.
std::string login_of_user(::uid_t user);

/// The main group of a user; his number where the user database does not know him.
::gid_t group_of_user(::uid_t user);

}  // namespace postrider::cli
