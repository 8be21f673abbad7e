#pragma once

#include "smtp/auth_exchange.hpp"
#include "smtp/client_key.hpp"
#include "smtp/command.hpp"
#include "smtp/data_reader.hpp"
#include "smtp/dialogue_host.hpp"
#include "smtp/recipients.hpp"
#include "smtp/reply.hpp"
#include "smtp/settings.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::smtp {

/// A mail that was received, with its envelope.
struct received_mail {
  struct recipient {
    std::string address;
    inbound::source_ptr source;
  };
  std::string sender;
  std::vector<recipient> to;
  std::string content;
  /// Null: the client came without one.
  std::shared_ptr<const persistence::api_key> client;
  /// The name that the client gave itself.
  std::string helo;
};

/// One connection's course (RFC 5321): bytes come in, replies and things to do go out. Pure: it
/// knows neither sockets nor time.
class dialogue {
 public:
  /// Work for the connection, after it has written the replies.
  enum class next : std::uint8_t {
    read,
    store,      ///< `mail()` is complete; `stored()` goes on
    hold_back,  ///< the key was wrong; the replies may have to wait
    start_tls,  ///< `tls_begun()` goes on
    close,
  };
  struct progress {
    next what = next::read;
    /// Bytes that need not be given again.
    std::size_t taken = 0;
  };
  /// More mistakes end the connection, and so do more commands without a mail.
  static constexpr int max_mistakes = 20;
  static constexpr int max_idle_commands = 100;

  dialogue(const smtp_settings& settings, client_facts client, dialogue_host& host,
           memory_budget& budget, std::shared_ptr<inbound::source_history> of_users);

  void greet(std::string& out);
  /// Goes as far as it can with what was received.
  progress feed(std::string_view received, std::string& out);
  received_mail& mail() { return mail_; }
  /// The reply to the mail.
  next stored(const reply& what, std::string& out);
  void tls_begun();
  /// The client has no time left, or the server none for it.
  void end(const reply& why, std::string& out) { append_reply(out, why); }
  /// A mail has begun.
  bool in_transaction() const { return at_ >= state::mail; }
  /// Its content comes.
  bool receives_data() const { return at_ == state::data; }
  const client_facts& client() const { return client_; }
  const std::string& helo() const { return helo_; }

 private:
  enum class state : std::uint8_t { fresh, ready, auth, mail, data, storing };

  progress take_line(std::string_view received, std::string& out);
  progress take_data(std::string_view received, std::string& out);
  next obey(const command& given, bool more_behind);
  next hello(const command& given);
  next begin_mail(std::string_view argument);
  next add_recipient(std::string_view argument);
  next begin_data(std::string_view argument);
  next start_tls(std::string_view argument);
  next authenticate(std::string_view argument);
  next go_on_with(auth_exchange::next what);
  next log_in();
  next without_argument(const command& given, const reply& good);

  std::optional<reply> refusal_of_parameters(const parameter_list& given);
  next end_of_data();
  void forget_mail();
  next say(unsigned code, std::string_view enhanced, std::string text);
  next mistake(unsigned code, std::string_view enhanced, std::string text);
  next bye(unsigned code, std::string_view enhanced, std::string text);
  std::vector<std::string> extensions() const;

  const smtp_settings& settings_;
  client_facts client_;
  dialogue_host& host_;
  memory_budget& budget_;
  const std::shared_ptr<inbound::source_history> of_users_;

  state at_ = state::fresh;
  bool extended_ = false;
  bool takes_utf8_ = false;
  int mistakes_ = 0;
  int idle_commands_ = 0;
  std::string helo_;
  client_key key_;
  auth_exchange auth_;
  received_mail mail_;
  std::optional<data_reader> data_;
  std::string* out_ = nullptr;
};

}  // namespace postrider::smtp
