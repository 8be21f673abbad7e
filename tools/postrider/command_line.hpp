#pragma once

#include "tools/postrider/commands.hpp"

#include <string>
#include <vector>

namespace postrider::cli {

/// The whole program but for main(): parses `arguments` (without the program's name), runs the
/// command and returns the exit code.
int run_command_line(std::vector<std::string> arguments, command_context& context);

}  // namespace postrider::cli
