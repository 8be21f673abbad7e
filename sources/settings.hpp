#pragma once

#include "actors/api/delivery_requests.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The settings of a source: a named way in for the alerts of another program.
namespace postrider::sources {

/// The protocol that a source speaks. The words are those of the configuration.
enum class source_type : std::uint8_t {
  alertmanager,
  grafana,
  apprise,
  gotify,
  ntfy,
  json,
  text,
  mail
};
inline constexpr std::array all_source_types{
    source_type::alertmanager, source_type::grafana, source_type::apprise, source_type::gotify,
    source_type::ntfy,         source_type::json,    source_type::text,    source_type::mail};
std::string_view to_string(source_type type);
std::optional<source_type> parse_source_type(std::string_view text);
/// A line for people: the program that speaks it.
std::string_view help_of(source_type type);
/// True when a payload names its event, so that the same event twice can be one message.
bool names_events(source_type type);

inline constexpr std::size_t max_sources = 100;
/// Entries of `to`, of a topic, or of ?to=.
inline constexpr std::size_t max_source_recipients = 50;
inline constexpr std::size_t max_topics = 1'000;
inline constexpr std::size_t max_values = 50;
inline constexpr std::size_t max_template_bytes = 16 * 1024;
/// The result of one template; a longer one is a fault of the template.
inline constexpr std::size_t max_template_output = 256 * 1024;
inline constexpr std::size_t max_title_characters = 200;

/// Mail servers repeat a mail for four to five days (RFC 5321, 4.5.4.1; Postfix: 5 days, Exim: 4),
/// and count them from the mail's arrival there. The ledger keeps keys for so long.
inline constexpr std::chrono::hours mail_dedupe{7 * 24};

using recipient_list = std::vector<std::string>;
/// The number of "user:7"; 0: it is no user.
persistence::user_id named_user(std::string_view recipient);
/// "user:...", whatever follows.
bool names_user(std::string_view recipient);

struct source_settings {
  std::string name;
  source_type type = source_type::text;
  /// "user:7", or an address of any kind. Each entry is a message of its own.
  recipient_list to;
  /// The user of messages to addresses; 0: none.
  persistence::user_id user = 0;
  /// ntfy: the recipients of a topic.
  std::map<std::string, recipient_list, std::less<>> topics;
  /// By the value of a label in lower case; "default" for all others. Empty: the protocol's own.
  std::map<std::string, persistence::priority, std::less<>> priorities;
  std::string priority_label = "severity";
  /// Mustache; empty: the type's own text.
  std::string title, message;
  /// json: a template that names the event.
  std::string dedupe_key;
  /// json: names in templates, and the JSON pointers of their values.
  std::map<std::string, std::string, std::less<>> values;
  /// The window of a repeat; mail_dedupe for mail.
  std::chrono::milliseconds dedupe{std::chrono::hours(1)};
  bool send_resolved = true;
  bool allow_to = false;
  bool allow_get = false;
  /// 0: none.
  std::chrono::milliseconds ttl{0};
  std::optional<bool> fallback_on_undelivered;
  /// The host name whose requests are all for this source; empty: none.
  std::string host;
  std::size_t max_body = 8 * 1024 * 1024;
  /// A longer text is cut, for any channel; each channel cuts it further to what it takes.
  std::size_t max_characters = 10'000;
  /// grafana: the secret of the signature; empty: it is not checked.
  std::string signature_secret;
  std::string signature_header = "X-Grafana-Alerting-Signature";
  /// Empty: the signature is about the body alone.
  std::string signature_timestamp_header;

  bool operator==(const source_settings&) const = default;
};

}  // namespace postrider::sources
