#pragma once

#include "actors/providers/driver.hpp"
#include "actors/providers/email/email_matter.hpp"

namespace postrider::actors {

/// The meaning of an SMTP exchange for one recipient: RFC 5321 (4.2, 4.3), enhanced status codes by
/// RFC 3463 and IANA's registry. A code means what the command means that it answers, unless the
/// reply says whose matter it is.
outcome classify_mail(const transfer_result& result, std::string_view recipient = {});

}  // namespace postrider::actors
