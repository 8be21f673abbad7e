#pragma once

#include "tools/postrider/failure.hpp"
#include "tools/postrider/sendmail/outgoing_mail.hpp"

#include <string>
#include <string_view>

namespace postrider::cli {

/// A mail in the spool. Its file is a line for each part of the envelope, an empty line, and the
/// mail:
///
///     postrider-mail 1
///     from root@host
///     to alerts@host
///     reason 550 5.1.1 no such recipient
///     bytes 812
struct spooled_mail {
  outgoing_mail mail;
  /// Why the server refused it; empty for one that waits.
  std::string reason;
};

std::string spool_file_text(const spooled_mail& stored);
/// The failure says why the file is not a whole mail.
outcome<spooled_mail> read_spool_file(std::string_view text);

}  // namespace postrider::cli
