#pragma once

#include "tools/postrider/sendmail/arguments.hpp"
#include "tools/postrider/sendmail/outgoing_mail.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace postrider::cli {

/// The user who sends, and a name for this mail that no other one has.
struct mail_origin {
  std::string login;
  std::string full_name;
  /// The name of this machine, for addresses without a domain.
  std::string host;
  /// The left part of a Message-ID.
  std::string unique;
  std::chrono::sys_seconds now;
};

/// The mail with its envelope. Fields that a mail needs and that are missing are added: Date, From
/// and Message-ID (RFC 5322, 3.6), so that the mail is the same one however often it is sent. Bcc
/// and Return-Path are left out. The failure is a sentence about the recipients or the sender.
outcome<outgoing_mail> compose(const sendmail_arguments& arguments, std::string_view input,
                               const mail_origin& origin);

}  // namespace postrider::cli
