#include "actors/providers/sms/sms_twilio_errors.hpp"

#include <algorithm>
#include <iterator>

namespace postrider::actors {
namespace {

using enum outcome_kind;
using enum twilio_scope;
using namespace std::chrono_literals;

/// Each row was read in Twilio's own list, https://www.twilio.com/docs/api/errors, of which
/// webdestroya/phonelookup@abf929b has a copy (twilio_errors.json);
/// docs/internals/providers-evidence.md has a line for each. A 4xx with a code that is not here is
/// about its own message: recipient_rejected.
constexpr twilio_error errors[]{
    // The account and its senders.
    {10001, misconfigured},  // account is not active
    {10002, misconfigured},  // a trial account has no such feature
    {20003, misconfigured},  // authentication failed
    {20004, misconfigured},  // the method is not supported for the resource
    {20005, misconfigured},  // account is not active
    {20006, misconfigured},  // access denied
    {20008, misconfigured},  // test credentials
    {20010, misconfigured},  // action disabled for the account
    {20403, misconfigured},  // the account was suspended or closed
    {20404, misconfigured},  // no such account, which is all that the URL names
    {20410, misconfigured},  // the API at this URL is no longer there
    {21212, misconfigured},  // invalid From
    {21267, misconfigured},  // From is a name, which trial accounts do not have
    {21603, misconfigured},  // From is required
    {21607, misconfigured},  // From must be the sandbox number of a trial account
    {21609, misconfigured},  // invalid StatusCallback
    {21616, misconfigured},  // From matches several numbers of the account
    {21660, misconfigured},  // From is another account's
    {21661, misconfigured},  // From cannot send messages
    {21701, misconfigured},  // no such messaging service
    {21702, misconfigured},  // the messaging service sends nothing
    {21704, misconfigured},  // the messaging service has no senders
    {21705, misconfigured},  // invalid messaging service
    {30002, misconfigured},  // account suspended
    {30037, misconfigured},  // the account sends no messages
    // Not Twilio's number, or a short code of another country than the recipient's.
    {21659, misconfigured, sender},
    // The account's settings exclude this recipient or its country; others are not concerned.
    {21408, misconfigured, recipient},  // region not enabled
    {21606, misconfigured, recipient},  // From does not reach this destination
    {21608, misconfigured, recipient},  // trial account, recipient not verified
    {30034, misconfigured, recipient},  // numbers in the USA need A2P 10DLC
    // Rates and quotas.
    {20429, throttled},
    {30001, throttled},                               // queue overflow
    {21611, throttled, account, 1h},                  // the queue of From is longer than ten hours
    {63038, throttled, account, std::nullopt, true},  // the account's daily limit
    {30454, throttled, account, std::nullopt, true},  // a trial account's limit
    // Blocked for a while because of fraud elsewhere at this destination.
    {30450, throttled, recipient, 30min},
    {30453, throttled, recipient, 2h},
    {30485, throttled, recipient, 2h},
    {14107, throttled, recipient, 30s},  // too many between these two numbers
    // The recipient.
    {21211, recipient_rejected},  // invalid To
    {21214, recipient_rejected},  // To cannot be reached
    {21217, recipient_rejected},  // invalid number
    {21265, recipient_rejected},  // To is a short code
    {21266, recipient_rejected},  // To is From
    {21268, recipient_rejected},  // To is a premium or information number
    {21610, recipient_rejected},  // the recipient sent STOP
    {21612, recipient_rejected},  // not reachable from this From
    {21614, recipient_rejected},  // not a mobile number
    {21635, recipient_rejected},  // a landline
    {21657, recipient_rejected},  // From is not supported at this destination
    {21703, recipient_rejected},  // the messaging service has no number for this recipient
    {21910, recipient_rejected},  // From and To are of different channels
    {30004, recipient_rejected},  // blocked
    {30005, recipient_rejected},  // unknown handset
    {30006, recipient_rejected},  // landline or unreachable carrier
    // The content.
    {21602, message_rejected},  // no body
    {21617, message_rejected},  // more than 1600 characters
    {21618, message_rejected},  // the body cannot be sent
    {21619, message_rejected},  // no body
    {30007, message_rejected},  // filtered
    {30019, message_rejected},  // larger than the carrier takes
    // Worth another attempt.
    {21730, unavailable},             // maintenance
    {30003, unavailable, recipient},  // handset off or without signal
    {30017, unavailable, recipient},  // the recipient's carrier is congested
    {30036, unavailable, recipient},  // the validity period ran out
    // The carrier may have delivered it.
    {20500, unknown},
    {30008, unknown},
    {30410, unknown},  // the carrier did not answer in time; Twilio does not repeat it for this
};

}  // namespace

std::optional<twilio_error> find_twilio_error(std::int64_t code) {
  const auto at = std::find_if(std::begin(errors), std::end(errors),
                               [code](const auto& row) { return row.code == code; });
  return at == std::end(errors) ? std::nullopt : std::optional(*at);
}

}  // namespace postrider::actors
