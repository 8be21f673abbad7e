#pragma once

#include "tools/postrider/environment.hpp"
#include "tools/postrider/failure.hpp"
#include "tools/postrider/sendmail/spool.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace postrider::cli {

/// The package makes this folder, in which each user may make one of his own.
inline constexpr std::string_view common_spool = "/var/spool/postrider";

/// The environment and the machine, as far as the place of a spool depends on them.
struct spool_surroundings {
  const environment& variables;
  ::uid_t user;
  std::string home;
  /// Folder in which each user may have a spool; empty when there is none.
  std::string common;
};
spool_surroundings surroundings_of_caller(const environment& variables);

/// The spools of a user. The last one takes new mails; the others have mails from before it was
/// there, and go first.
///
///   POSTRIDER_SPOOL                                 that folder, and no other
///   /var/spool/postrider/UID                        when /var/spool/postrider is there, and nobody
///                                                   else has made that folder
///   $XDG_STATE_HOME/postrider/spool, else
///   ~/.local/state/postrider/spool                  (XDG Base Directory Specification 0.8)
outcome<std::vector<std::string>> spool_folders(const spool_surroundings& around);

/// POSTRIDER_SPOOL_MAX_MAILS and POSTRIDER_SPOOL_MAX_MIB, else the defaults. The failure names the
/// variable that is no number.
outcome<spool_limits> limits_of_spool(const environment& variables);

/// The socket that the server takes mail at: POSTRIDER_MAIL_SOCKET, else the packaged service's.
std::string mail_socket(const environment& variables);

}  // namespace postrider::cli
