#pragma once

#include <string>
#include <vector>

namespace postrider::cli {

/// A mail with its envelope, as it goes to the server.
struct outgoing_mail {
  /// Empty for a report, which nobody may answer.
  std::string sender;
  std::vector<std::string> recipients;
  /// Header and body. Every line ends with CRLF.
  std::string text;

  bool operator==(const outgoing_mail&) const = default;
};

/// RFC 5321, 4.5.3.1.8: a server takes at least so many in one transaction.
inline constexpr std::size_t max_mail_recipients = 100;

}  // namespace postrider::cli
