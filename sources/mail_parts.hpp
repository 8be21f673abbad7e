#pragma once

#include "sources/gmime_handles.hpp"
#include "sources/mail_reader.hpp"

namespace postrider::sources {

/// Bytes of the text of a mail; the rest of a longer one is not read.
inline constexpr std::size_t max_mail_text = 256 * 1024;
inline constexpr std::size_t max_mail_attachments = 100;

/// Puts the text and the attachments of a MIME tree into `into`.
void read_mail_parts(GMimeObject* mail, read_mail& into);

}  // namespace postrider::sources
