#include "tools/provider-sim/json_text.hpp"
#include "tools/provider-sim/twilio.hpp"
#include "tools/provider-sim/wire_effect.hpp"

#include <utility>

namespace postrider::provider_sim {
namespace {

// In the words of Twilio's list, twilio.com/docs/api/errors.
constexpr std::pair<std::int64_t, std::string_view> usual_messages[] = {
    {20003, "Permission Denied"},
    {20404, "Not Found"},
    {20429, "Too Many Requests"},
    {20500, "Internal Server Error"},
    {20503, "Service unavailable"},
    {21211, "Invalid 'To' Phone Number"},
    {21265, "'To' number cannot be a Short Code"},
    {21266, "'To' and 'From' numbers cannot be the same"},
    {21408,
     "Permission to send an SMS or MMS has not been enabled for the region indicated by the 'To' "
     "number"},
    {21602, "Message body is required"},
    {21603, "A 'From' or 'MessagingServiceSid' parameter is required to send a message"},
    {21604, "The destination 'To' phone number is required to send an SMS"},
    {21606,
     "The 'From' phone number provided is not a valid message-capable Twilio phone number for this "
     "destination/account"},
    {21607, "The 'from' phone number must be the sandbox phone number for trial accounts."},
    {21608, "The 'to' phone number provided is not yet verified for this account."},
    {21609, "Invalid 'StatusCallback'"},
    {21610, "Attempt to send to unsubscribed recipient"},
    {21611, "This 'From' number has exceeded the maximum number of queued messages"},
    {21612,
     "Message cannot be sent with the current combination of \"To\" and/or \"From\" parameters"},
    {21614, "'To' number is not a valid mobile number"},
    {21617, "The concatenated message body exceeds the 1600 character limit"},
    {21618, "The message body cannot be sent"},
    {21624, "Invalid validity period value"},
    {21660, "Mismatch between the 'From' number and the account"},
    {21701, "The Messaging Service does not exist"},
    {21910, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel"},
    {63038, "Account exceeded the daily messages limit"},
};

}  // namespace

void write_twilio_error(reply& out, unsigned status, std::int64_t code, std::string_view message) {
  for (const auto& [known, usual] : usual_messages)
    if (known == code && message.empty()) message = usual;
  answer_text(out, status, "application/json", "{\"code\":");
  append_number(out.body, code);
  out.body += ",\"message\":";
  append_json_string(out.body, message);
  out.body += ",\"more_info\":\"https://www.twilio.com/docs/errors/";
  append_number(out.body, code);
  out.body += "\",\"status\":";
  append_number(out.body, status);
  out.body += '}';
}

std::size_t count_segments(std::string_view text) {
  bool is_ascii = true;
  for (const char c : text)
    is_ascii = is_ascii && static_cast<unsigned char>(c) < 0x80;
  const std::size_t units = is_ascii ? text.size() : utf16_units(text);
  if (units <= (is_ascii ? 160U : 70U)) return 1;
  const std::size_t part = is_ascii ? 153 : 67;
  return (units + part - 1) / part;
}

}  // namespace postrider::provider_sim
