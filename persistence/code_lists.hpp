#pragma once

#include <string>

namespace postrider::persistence {

/// "recipient_rejected, message_rejected, ...": all error codes, for a person who gave another one.
std::string error_code_list();

}  // namespace postrider::persistence
