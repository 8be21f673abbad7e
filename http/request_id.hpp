#pragma once

#include <string>
#include <string_view>

namespace postrider::http {

/// At most 128 printable ASCII characters: it is written to logs, to the database and back.
bool usable_request_id(std::string_view text);

/// 32 hexadecimal digits. They tell requests apart; nothing is secured by them.
void make_request_id(std::string& out);

}  // namespace postrider::http
