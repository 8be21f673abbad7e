#pragma once

#include "actors/api/gateway.hpp"
#include "http/json/object_reader.hpp"

namespace postrider::http::routes {

inline constexpr std::size_t max_message_characters = 65'536;
inline constexpr std::size_t max_recipients = 1'000;
inline constexpr std::size_t max_metadata_bytes = 4 * 1024;
inline constexpr std::int32_t max_retries_limit = 20;

/// A send request as JSON. Only its form is judged here: whether an address is one is the
/// pipeline's matter.
void read_send_request(const field& document, actors::send_request& into);
/// A text, or an object with any of phone, email, url.
actors::recipient_input read_recipient(const field& from);

}  // namespace postrider::http::routes
