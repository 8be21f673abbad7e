#pragma once

#include "sources/mail_reader.hpp"
#include "sources/translate.hpp"

#include <string>
#include <string_view>

/// Mail (RFC 5322) becomes messages, whether it came by SMTP or by HTTP.
namespace postrider::sources {

struct incoming_mail {
  /// The addresses of the envelope; empty: there is none, as over HTTP.
  std::string_view sender, recipient;
  /// Headers and body, with line ends of either kind.
  std::string_view content;
  actors::time_point now{};
};

/// The status of a refusal that SMTP answers with 554 5.4.6: the mail goes round in circles.
inline constexpr unsigned loop_status = 508;
/// RFC 5321, 6.3: a mail with more Received fields is in a loop.
inline constexpr std::size_t max_received = 100;

/// The mail as a person reads it, unless it is in a loop.
boost::system::result<read_mail, refusal> open_mail(std::string_view content);

/// The messages to the recipients of the source. A refusal is final: the same mail is refused
/// again. `read`: the mail, which is read once for all its sources.
boost::system::result<translation, refusal> translate_mail(const source_settings& of,
                                                           const incoming_mail& mail,
                                                           const read_mail& read);
boost::system::result<translation, refusal> translate_mail(const source_settings& of,
                                                           const incoming_mail& mail);

}  // namespace postrider::sources
