#pragma once

#include "base/log.hpp"
#include "persistence/model.hpp"

/// Log lines that concern one message: they carry its names through all actors, and what could tell
/// who its recipient is only when the configuration says so.
namespace postrider::actors {

/// The subjects of a line; null and empty ones are left out.
struct log_subject {
  const persistence::message* message = nullptr;
  const persistence::transaction* transaction = nullptr;
  std::string_view provider{};
};

/// `[log] recipients`; set once, before the pipeline starts.
void log_full_recipients(bool full);

/// `text` may quote a provider, and a provider the recipient: that part is masked too.
void log(log_level level, std::string_view component, std::string_view text,
         const log_subject& subject);

/// "+15551234567" becomes "+***67", "ann@example.org" "a***@example.org", and of a URL the scheme
/// and the host are left: enough to tell a typing mistake, not enough to call somebody.
std::string masked_recipient(std::string_view address);
/// `text` with every mention of `address` masked, in whatever letters; of a phone number also
/// without its "+" or its country, and with separators; of a mail address also what is before the
/// @, and of a URL what is behind the host.
std::string mask_mentions(std::string text, std::string_view address);

}  // namespace postrider::actors
