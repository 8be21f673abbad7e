#pragma once

#include "tools/postrider/commands.hpp"

namespace postrider::cli {

/// Shows the providers of a server, and how they are: `postrider providers`.
int list_providers(command_context& context, const server_options& given);

}  // namespace postrider::cli
