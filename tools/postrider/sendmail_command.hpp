#pragma once

#include "tools/postrider/commands.hpp"
#include "tools/postrider/sendmail/spool_sender.hpp"

#include <string>
#include <vector>

namespace postrider::cli {

/// Runs sendmail with its own options; the exit code is one of sysexits.h. CLI11 cannot read them:
/// -oi and -fann@example.org have their value in the same word, and options end at a recipient.
int run_sendmail(command_context& context, const std::vector<std::string>& arguments);

/// Sends to the server's socket for mail.
spool_sender server_of_mail(const command_context& context);

}  // namespace postrider::cli
