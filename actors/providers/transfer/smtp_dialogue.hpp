#pragma once

#include "actors/providers/transfer/transfer.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::actors {

/// The lines of one SMTP connection for one message (RFC 5321), as they go by. They tell which
/// command a reply answers, also when commands were sent without waiting (RFC 2920). The lines of a
/// login are not kept.
class smtp_dialogue {
 public:
  /// A command, or a piece of a login.
  void sent(std::string_view line);
  /// One line of a reply, with its line end.
  void received(std::string_view line);
  /// The last byte of the message was handed out: its final dot is going out.
  void end_of_message() { message_ended_ = true; }

  const std::vector<smtp_reply>& replies() const { return replies_; }
  std::vector<smtp_reply> take_replies() { return std::move(replies_); }
  /// The last whole reply, or null.
  const smtp_reply* last() const { return replies_.empty() ? nullptr : &replies_.back(); }
  /// The last whole reply answers the last command; without one there was only the greeting.
  bool is_answered() const { return !replies_.empty() && awaiting_.empty(); }
  /// Whole replies so far, also those that were not kept.
  int replies_received() const { return replies_received_; }
  /// How far the exchange got, once the connection is established.
  transfer_stage stage() const;
  bool is_begun() const { return commands_ > 0 || !replies_.empty(); }
  /// The server was told that the connection ends.
  bool is_quit() const { return quit_; }
  /// The next reply answers EHLO, and names the server's extensions.
  bool awaits_ehlo() const { return !awaiting_.empty() && current() == smtp_command::ehlo; }
  std::size_t bytes_received() const { return bytes_received_; }

 private:
  std::vector<smtp_reply> replies_;
  /// The command whose reply comes next, or came last.
  smtp_command current() const { return awaiting_.empty() ? last_answered_ : awaiting_.front(); }

  /// Commands whose replies are still to come, in order.
  std::deque<smtp_command> awaiting_{smtp_command::greeting};
  smtp_command last_answered_ = smtp_command::greeting;
  std::string text_;  ///< lines so far of a reply with more lines
  std::size_t bytes_received_ = 0;
  int commands_ = 0;
  int replies_received_ = 0;
  bool mail_begun_ = false;
  bool tls_begun_ = false;
  bool message_ended_ = false;
  bool reply_begun_ = false;
  bool quit_ = false;
};

}  // namespace postrider::actors
