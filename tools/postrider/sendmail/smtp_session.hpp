#pragma once

#include "tools/postrider/sendmail/outgoing_mail.hpp"
#include "tools/postrider/sendmail/socket_lines.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace postrider::cli {

/// The end of a mail for one recipient.
struct recipient_result {
  enum class verdict : std::uint8_t {
    taken,    ///< the server said 250 to the mail
    refused,  ///< the server will never take it
    later     ///< the server is away, or asks to come again
  };
  std::string recipient;
  verdict is = verdict::later;
  /// The server's reply, or why there is none.
  std::string reason;
};

/// One connection to the server's socket for mail, as an SMTP client (RFC 5321). The commands go
/// one by one: on one machine a round trip costs nothing.
class smtp_session {
 public:
  using milliseconds = socket_lines::milliseconds;

  struct time_limits {
    milliseconds connect{5'000};
    milliseconds reply{30'000};
    /// The server answers the dot when the mail is stored. A mail that is sent again after this
    /// time has the same Message-ID, so the server knows it.
    milliseconds dot{120'000};
  };

  /// Connects, and reads what the server says of itself.
  static outcome<smtp_session> open(const std::string& path, const time_limits& limits);
  static outcome<smtp_session> begin(socket_lines connected, const time_limits& limits);

  /// Sends a mail; a result for each recipient, in their order.
  std::vector<recipient_result> send(const outgoing_mail& mail);
  /// Another mail may go over this connection.
  bool is_usable() const { return usable_; }
  void quit();

 private:
  struct reply {
    /// 0 when there is none; then `text` says why.
    int code = 0;
    std::string text;
    bool is_positive() const { return code >= 200 && code < 300; }
  };

  smtp_session(socket_lines connected, const time_limits& limits)
      : lines_(std::move(connected)), limits_(limits) {}

  reply hear(milliseconds limit);
  reply say(const std::string& command);
  reply say_text(const std::string& text);
  void read_extensions(const std::string& line);
  std::string mail_command(const outgoing_mail& mail, bool international) const;
  /// After a mail that was given up: the next one begins from the start.
  void reset();
  std::vector<recipient_result> send_text(std::vector<recipient_result> results,
                                          const outgoing_mail& mail);

  socket_lines lines_;
  time_limits limits_;
  bool usable_ = true;
  bool has_size_ = false, has_8bit_ = false, has_utf8_ = false;
};

}  // namespace postrider::cli
