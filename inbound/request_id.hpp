#pragma once

#include <string>

namespace postrider::inbound {

/// 32 hexadecimal digits. They tell requests apart; nothing is secured by them.
void make_request_id(std::string& out);

}  // namespace postrider::inbound
