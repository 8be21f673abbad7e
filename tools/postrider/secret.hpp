#pragma once

#include "tools/postrider/environment.hpp"
#include "tools/postrider/failure.hpp"

#include <string>

/// Secrets are read from files that only their owner and a group of ours can read, or from
/// variables. The errors are sentences that never hold a part of the secret.
namespace postrider::cli {

/// The file's content without the newline at its end.
outcome<std::string> read_secret_file(const std::string& path);

outcome<std::string> read_secret_variable(const environment& variables, const std::string& name);

/// A URL's password becomes ***; every other text stays as it is.
std::string redacted(const std::string& text);

}  // namespace postrider::cli
