#include "actors/providers/sms_twilio_errors.hpp"

#include <algorithm>
#include <iterator>

namespace postrider::actors {
namespace {

using enum outcome_kind;
using namespace std::chrono_literals;

constexpr twilio_error errors[]{
    // The account and its senders.
    {10001, misconfigured},  // account is not active
    {20003, misconfigured},  // authentication failed
    {20005, misconfigured},  // account is not active
    {20404, misconfigured},  // no such account
    {21212, misconfigured},  // invalid From
    {21603, misconfigured},  // From is required
    {21606, misconfigured},  // From is not one of the account's
    {21609, misconfigured},  // invalid StatusCallback
    {21659, misconfigured},  // From is not a Twilio number
    {21701, misconfigured},  // no such messaging service
    {21703, misconfigured},  // the messaging service has no numbers
    {21704, misconfigured},  // the messaging service has no fitting number
    {30002, misconfigured},  // account suspended
    {30034, misconfigured},  // the sender is not registered for A2P 10DLC
    // The account's settings exclude this recipient or its country; others are not concerned.
    {21408, misconfigured, true},  // region not enabled
    {21608, misconfigured, true},  // trial account, recipient not verified
    {30450, misconfigured, true},  // SMS pumping protection
    // Rates.
    {20429, throttled},
    {21611, throttled, false, 60min},  // the queue of From is longer than ten hours
    {63038, throttled, false, 60min},  // the account's daily limit
    // The recipient.
    {14101, recipient_rejected},
    {21211, recipient_rejected},  // invalid To
    {21217, recipient_rejected},
    {21401, recipient_rejected},
    {21610, recipient_rejected},  // the recipient sent STOP
    {21612, recipient_rejected},  // not reachable from this From
    {21614, recipient_rejected},  // not a mobile number
    {21635, recipient_rejected},  // a landline
    {30004, recipient_rejected},  // blocked
    {30005, recipient_rejected},  // unknown handset
    {30006, recipient_rejected},  // landline or unreachable carrier
    // The content.
    {21602, message_rejected},  // no body
    {21617, message_rejected},  // more than 1600 characters
    {21619, message_rejected},  // no body
    {21620, message_rejected},  // invalid media URL
    {21624, message_rejected},  // invalid ValidityPeriod
    {30007, message_rejected},  // filtered
    // Worth another attempt.
    {30001, unavailable},        // queue overflow
    {30003, unavailable, true},  // handset off or without signal
    {30017, unavailable},        // carrier congestion
    {30036, unavailable, true},  // the validity period ran out
    {30410, unavailable},        // the carrier did not answer in time
    // Nobody can say.
    {20500, unknown},
    {30008, unknown},
};

}  // namespace

std::optional<twilio_error> find_twilio_error(std::int64_t code) {
  const auto at = std::find_if(std::begin(errors), std::end(errors),
                               [code](const auto& row) { return row.code == code; });
  return at == std::end(errors) ? std::nullopt : std::optional(*at);
}

}  // namespace postrider::actors
