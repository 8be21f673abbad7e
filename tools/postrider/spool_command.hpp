#pragma once

#include "tools/postrider/commands.hpp"

namespace postrider::cli {

struct spool_options {
  bool json = false;
  /// --all of the list, and of its commands.
  bool all_listed = false, all = false;
  bool refused = false;
  std::string output;
  std::string id;
  std::vector<std::string> ids;
};

/// "postrider spool", which is also mailq.
int list_spool(command_context& context, const spool_options& given);
/// "postrider spool send", which is also sendmail -q.
int send_spool(command_context& context, const spool_options& given);

}  // namespace postrider::cli
