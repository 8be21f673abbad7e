#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/form.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// Twilio's Messages API, POST /2010-04-01/Accounts/{AccountSid}/Messages.json
// (twilio-oai, spec/json/twilio_api_v2010.json; error codes of twilio.com/docs/api/errors), and
// its status callbacks with X-Twilio-Signature. Callbacks are not retried, which is Twilio's
// default for all but failed connections.
class twilio {
 public:
  // With an empty token any password will do, and callbacks are signed with that of the request.
  explicit twilio(std::string auth_token) : auth_token_(std::move(auth_token)) {}

  void answer(provider& at, const request_view& request, reply& out);

 private:
  // A message from its creation to its last callback.
  struct message {
    std::string account, token, sid, to, from, service, body, callback_url;
  };
  void create(provider& at, message m, clock_time now, reply& out);
  static void write_created(const message& m, reply& out);
  static void add_callbacks(provider& at, const message& m, reply& out);
  std::string next_sid(const provider& at);

  std::string auth_token_;
  std::uint64_t messages_ = 0;
};

// {"code", "message", "more_info", "status"}; with an empty message the usual one for the code.
void write_twilio_error(reply& out, unsigned status, std::int64_t code, std::string_view message);

// How many parts a text takes: 160 or 153 characters of ASCII, or 70 or 67 UTF-16 units of anything
// else. Twilio's own count knows the rest of the GSM alphabet, too.
std::size_t count_segments(std::string_view text);

}  // namespace postrider::provider_sim
