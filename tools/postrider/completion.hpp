#pragma once

#include <string>

namespace CLI {
class App;
}

namespace postrider::cli {

/// Scripts that complete the commands and options of `app` in a shell, made of what it really has.
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);

}  // namespace postrider::cli
