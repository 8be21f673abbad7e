#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// Where an SMTP session can be refused, in the order in which a session comes by.
enum class smtp_stage : std::uint8_t { greeting, ehlo, auth, mail, rcpt, data, dot };
inline constexpr std::array<std::string_view, 7> smtp_stage_names = {
    "greeting", "ehlo", "auth", "mail", "rcpt", "data", "dot"};

// Effects of a stage beside its reply, or in place of it.
// stall: a part of the reply, then silence.
enum class smtp_turn : std::uint8_t { go_on, close, drop, never_answer, stall };
inline constexpr std::array<std::string_view, 5> smtp_turn_names = {"go_on", "close", "drop",
                                                                    "never_answer", "stall"};

// An answer in the words of the protocol: an HTTP or SMTP status, and the body.
struct reply_rule {
  unsigned status = 0;
  std::int64_t code = 0;    // Twilio's, ntfy's or JSON-RPC's error code; 0 leaves the usual one
  std::string message;      // empty: the usual one for the status and code
  std::string retry_after;  // the header's value, in seconds or as an HTTP-date; empty: none
  std::string enhanced;     // SMTP only: "5.1.1"
  smtp_stage stage = smtp_stage::rcpt;
  smtp_turn then = smtp_turn::go_on;
  bool accepted = false;    // whether the message is taken all the same
  std::uint32_t after = 0;  // stages only: holds once a session has had so many messages

  bool operator==(const reply_rule&) const = default;
};

enum class receipt_kind : std::uint8_t { none, delivered, undelivered, failed, read };
inline constexpr std::array<std::string_view, 5> receipt_kind_names = {
    "none", "delivered", "undelivered", "failed", "read"};

// before_answer: the sender hears of what became of the message before it has the answer.
enum class receipt_order : std::uint8_t { in_order, reversed, before_answer };
inline constexpr std::array<std::string_view, 3> receipt_order_names = {"in_order", "reversed",
                                                                        "before_answer"};

// Reports about messages after they were accepted.
struct receipt_rules {
  receipt_kind kind = receipt_kind::none;
  double probability = 1;  // chance of the last report; earlier ones always come
  double delay_min_ms = 0;
  double delay_max_ms = 0;  // before each report
  receipt_order order = receipt_order::in_order;
  std::int64_t error_code = 0;  // Twilio's ErrorCode; 0 takes 30003 or 30008
  std::string text;             // Kannel's %A of the last report; empty: the usual one
  double retry_ms = 1000;       // Kannel only: between two attempts
  std::map<std::string, receipt_kind, std::less<>> by_recipient;
};

template <class Enum, std::size_t Count>
std::optional<Enum> value_named(const std::array<std::string_view, Count>& names,
                                std::string_view name) {
  for (std::size_t i = 0; i < Count; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace postrider::provider_sim
