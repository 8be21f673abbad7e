#pragma once

#include "actors/providers/driver.hpp"
#include "actors/providers/sms/sms_segments.hpp"

/// The settings that the drivers of type `sms` have in common.
namespace postrider::actors {

using made_driver = boost::system::result<std::unique_ptr<driver>, std::string>;

/// Checked settings; which of them are empty depends on `api`.
struct sms_settings {
  std::string name;
  /// Without a slash at its end.
  std::string url;
  /// Twilio's account_sid and auth_token, or Kannel's username and password.
  std::string username;
  std::string password;
  /// Empty with Twilio when a messaging service chooses the sender.
  std::string from;
  std::string messaging_service_sid;
  std::size_t max_segments = 10;
  /// True: the subject is put in front of the text.
  bool subject_in_text = true;
  std::string ca_file;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{30'000};
};

/// A sentence when `text` is empty or longer than `max_segments`: gateways refuse the first, and
/// some cut off the rest of the second without a word.
std::optional<std::string> sms_refusal(std::string_view text, std::size_t max_segments);

/// A request of that provider, still without method, path and body.
transfer_request sms_request(const sms_settings& settings);

}  // namespace postrider::actors
