#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider::actors::smtp {

/// The extensions that a server names in its answer to EHLO (RFC 5321, 4.1.1.1).
struct extensions {
  bool starttls = false;
  bool pipelining = false;
  /// Mechanisms of AUTH (RFC 4954), in upper case.
  std::vector<std::string> mechanisms;
  /// The server has AUTH, whatever its mechanisms are.
  bool auth = false;

  /// One line of the answer, with its code.
  void take(std::string_view line);
};

}  // namespace postrider::actors::smtp
