#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The addresses of MAIL and RCPT (RFC 5321, 4.1.2; RFC 6531 for those beyond ASCII).
namespace postrider::smtp {

struct mail_path {
  /// Without quotes and backslashes. Both empty: "<>".
  std::string local, domain;

  bool empty() const { return local.empty() && domain.empty(); }
  /// "alerts@example.org"; as it was given, but for quotes that were not needed.
  std::string text() const;
  bool is_ascii() const;
};

/// The path at the front of `text`, which loses it: "<alerts@example.org>". A source route before
/// the address is left out. The domain may be missing, as programs of this machine name users. The
/// angle brackets may be missing too, as devices forget them; then a blank or the end is behind the
/// address. Nothing: there is none.
std::optional<mail_path> take_path(std::string_view& text);

}  // namespace postrider::smtp
