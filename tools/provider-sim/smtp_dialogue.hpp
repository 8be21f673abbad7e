#pragma once

#include "tools/provider-sim/provider_book.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::provider_sim {

enum class smtp_next {
  command,       // read the next line
  credentials,   // read a line that belongs to AUTH
  data,          // read the message up to the dot
  drop_in_body,  // read the beginning of the message, then reset the connection
  start_tls,
  close,
  reset,
  hold  // say nothing more
};

// The next reply and state; an empty reply says nothing.
struct smtp_step {
  std::string reply;  // lines with their CRLF
  smtp_next next = smtp_next::command;
  std::chrono::microseconds delay{0};
};

// One SMTP session without its socket (RFC 5321, AUTH of RFC 4954, STARTTLS of RFC 3207, enhanced
// codes of RFC 3463). The behaviour's `stages` befall the session; a recipient's outcome is decided
// at RCPT and shows at the stage that it belongs to.
class smtp_dialogue {
 public:
  // An empty login takes anyone, with or without AUTH.
  smtp_dialogue(provider& at, std::string login, bool offers_tls)
      : at_(at), login_(std::move(login)), offers_tls_(offers_tls) {}

  smtp_step greet();
  smtp_step command(std::string_view line);
  smtp_step credentials(std::string_view line);
  // `data` has its dots undone and its line ends as they came.
  smtp_step message(std::string_view data, clock_time now);
  // After the handshake a new session begins.
  void on_tls();

  static constexpr std::size_t max_message = 10 * 1024 * 1024;

 private:
  struct recipient {
    std::string address;
    outcome what = outcome::accept;
    reply_rule rule;  // for reply and accept_then_reply
    std::chrono::microseconds delay{0};
  };

  smtp_step on_ehlo(std::string_view name, bool extended);
  smtp_step on_auth(std::string_view argument);
  smtp_step on_mail(std::string_view argument);
  smtp_step on_rcpt(std::string_view argument);
  smtp_step on_data();
  smtp_step on_starttls(std::string_view argument);
  smtp_step judge_login(std::string_view user, std::string_view password);
  smtp_step fail_at(smtp_stage stage, const recipient& who) const;
  // The rule of the behaviour for a stage; nullptr when there is none.
  const reply_rule* rule_of(smtp_stage stage) const;
  void forget_transaction();

  provider& at_;
  std::string login_;
  bool offers_tls_;
  bool has_tls_ = false, is_greeted_ = false, is_authenticated_ = false, has_sender_ = false;
  std::string auth_user_;  // first line of AUTH LOGIN; the second is the password
  enum class auth_step { none, plain, login_user, login_password } auth_ = auth_step::none;
  std::vector<recipient> recipients_;
  std::uint64_t mails_ = 0;
};

}  // namespace postrider::provider_sim
