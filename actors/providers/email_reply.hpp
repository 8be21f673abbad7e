#pragma once

#include "actors/providers/driver.hpp"

#include <string_view>

namespace postrider::actors {

/// What an SMTP exchange for one recipient means: RFC 5321 (4.2, 4.3), enhanced status codes by RFC
/// 3463 and IANA's registry. What a code means depends on the command that it answers.
outcome classify_mail(const transfer_result& result);

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

}  // namespace postrider::actors
