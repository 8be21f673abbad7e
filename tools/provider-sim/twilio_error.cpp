#include "tools/provider-sim/json_text.hpp"
#include "tools/provider-sim/twilio.hpp"
#include "tools/provider-sim/wire_effect.hpp"

#include <utility>

namespace postrider::provider_sim {
namespace {

// twilio.com/docs/api/errors
constexpr std::pair<std::int64_t, std::string_view> usual_messages[] = {
    {20001, "The request body could not be read."},
    {20003, "Authenticate"},
    {20404, "The requested resource was not found"},
    {20415, "Unsupported Media Type"},
    {20429, "Too Many Requests"},
    {20500, "An internal server error has occurred"},
    {20503, "Service unavailable"},
    {21211, "The 'To' number is not a valid phone number."},
    {21408,
     "Permission to send an SMS has not been enabled for the region indicated by the 'To' "
     "number."},
    {21602, "Message body is required."},
    {21603, "A 'From' phone number is required."},
    {21604, "A 'To' phone number is required."},
    {21606,
     "The 'From' phone number provided is not a valid message-capable Twilio phone number "
     "for this account."},
    {21608, "The number is unverified. Trial accounts cannot send messages to unverified numbers."},
    {21609, "The 'StatusCallback' URL is not a valid URL."},
    {21610, "Attempt to send to unsubscribed recipient"},
    {21611, "This 'From' number has exceeded the maximum number of queued messages"},
    {21612, "The 'To' phone number is not currently reachable using the 'From' phone number."},
    {21614, "'To' number is not a valid mobile number"},
    {21617, "The concatenated message body exceeds the 1600 character limit"},
    {21624, "The 'ValidityPeriod' is out of range."},
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
