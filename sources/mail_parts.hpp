#pragma once

#include "sources/gmime_handles.hpp"
#include "sources/mail_reader.hpp"

namespace postrider::sources {

/// Puts the text and the attachments of a MIME tree into `into`.
void read_mail_parts(GMimeObject* mail, read_mail& into);

}  // namespace postrider::sources
