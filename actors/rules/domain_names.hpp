#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider::actors {

/// A domain name in lower case and ASCII, as the DNS has it: "Bücher.example" becomes
/// "xn--bcher-kva.example" (IDNA 2008). Nothing when its letters cannot be in a domain name; the
/// rest of its form is not checked.
std::optional<std::string> ascii_domain(std::string_view name);

}  // namespace postrider::actors
