#pragma once

#include <cstdint>
#include <string_view>

namespace postrider::actors {

/// X.Y.Z at the beginning of a reply's text (RFC 3463).
struct enhanced_status {
  int kind = 0;
  int subject = 0;
  int detail = 0;
  bool is(int of_subject, int of_detail) const {
    return kind != 0 && subject == of_subject && detail == of_detail;
  }
};
/// All zero when there is none. `text` is left with what follows it.
enhanced_status read_enhanced_status(std::string_view& text);

/// The subject of a refusal.
enum class mail_matter : std::uint8_t {
  unnamed,         ///< the command that was refused decides
  identity,        ///< the sender's identity, its policy, or a blocklist
  quota,           ///< a quota or daily limit of the sender
  rate,            ///< the sender is asked to slow down
  recipient,       ///< the address or its mailbox
  recipient_rate,  ///< the mailbox gets mail too quickly
  size,            ///< the message is too big
};

/// Servers refuse the sender at any command, after the message too. Enhanced codes and the servers'
/// own words (own_words) tell whom they mean.
mail_matter matter_of(int code, const enhanced_status& status, std::string_view text);

}  // namespace postrider::actors
