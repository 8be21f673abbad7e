#pragma once

#include "http/json/object_reader.hpp"

#include <array>
#include <string_view>

/// Names under which other services take the members of a send request. A client that moves here
/// brings them, and is told what to use.
namespace postrider::http::routes {

inline constexpr std::string_view one_of_the_kinds = "use `phone`, `email` or `url`";

inline constexpr std::array mistaken_recipient_members{
    mistaken_name{"number", "use `phone`"},
    mistaken_name{"phonenumber", "use `phone`"},
    mistaken_name{"mobile", "use `phone`"},
    mistaken_name{"tel", "use `phone`"},
    mistaken_name{"msisdn", "use `phone`"},
    mistaken_name{"sms", "use `phone`"},
    mistaken_name{"mail", "use `email`"},
    mistaken_name{"emailaddress", "use `email`"},
    mistaken_name{"uri", "use `url`"},
    mistaken_name{"link", "use `url`"},
    mistaken_name{"webhook", "use `url`"},
    mistaken_name{"webhookurl", "use `url`"},
    mistaken_name{"endpoint", "use `url`"},
    mistaken_name{"address", one_of_the_kinds},
    mistaken_name{"recipient", one_of_the_kinds},
    mistaken_name{"to", one_of_the_kinds},
    mistaken_name{"value", one_of_the_kinds},
};

inline constexpr std::string_view use_recipients = "use `recipients`, an array";
inline constexpr std::string_view no_callbacks =
    "Postrider calls no client back; ask for GET /v1/messages/{message_id}. A webhook can be "
    "a recipient: {\"url\": \"https://...\"}";
inline constexpr std::string_view no_sender =
    "the sender is the provider's: `account` or `from` in the configuration of the server";
inline constexpr std::string_view no_attachments =
    "a message has no attachments; put a link into the text";
inline constexpr std::string_view no_templates =
    "there are no templates; send the text in `message`";

/// As other services call these things.
inline constexpr std::array mistaken_members{
    mistaken_name{"to", use_recipients},
    mistaken_name{"recipient", use_recipients},
    mistaken_name{"receiver", use_recipients},
    mistaken_name{"receivers", use_recipients},
    mistaken_name{"destination", use_recipients},
    mistaken_name{"destinations", use_recipients},
    mistaken_name{"address", use_recipients},
    mistaken_name{"addresses", use_recipients},
    mistaken_name{"number", use_recipients},
    mistaken_name{"numbers", use_recipients},
    mistaken_name{"phone", use_recipients},
    mistaken_name{"phonenumber", use_recipients},
    mistaken_name{"msisdn", use_recipients},
    mistaken_name{"email", use_recipients},
    mistaken_name{"url", use_recipients},
    mistaken_name{"cc", use_recipients},
    mistaken_name{"bcc", use_recipients},
    mistaken_name{"title", "use `subject`"},
    mistaken_name{"headline", "use `subject`"},
    mistaken_name{"body", "use `message`"},
    mistaken_name{"text", "use `message`"},
    mistaken_name{"content", "use `message`"},
    mistaken_name{"msg", "use `message`"},
    mistaken_name{"htmlbody", "use `html`"},
    mistaken_name{"bodyhtml", "use `html`"},
    mistaken_name{"user", "use `user_id`, a number"},
    mistaken_name{"customer", "use `user_id`, a number"},
    mistaken_name{"channel", "use `type`"},
    mistaken_name{"provider", "use `type`, or the user's list of providers"},
    mistaken_name{"providers", "use `type`, or the user's list of providers"},
    mistaken_name{"from", no_sender},
    mistaken_name{"sender", no_sender},
    mistaken_name{"callback", no_callbacks},
    mistaken_name{"callbackurl", no_callbacks},
    mistaken_name{"statuscallback", no_callbacks},
    mistaken_name{"webhook", no_callbacks},
    mistaken_name{"webhookurl", no_callbacks},
    mistaken_name{"notifyurl", no_callbacks},
    mistaken_name{"dlrurl", no_callbacks},
    mistaken_name{"attachments", no_attachments},
    mistaken_name{"attachment", no_attachments},
    mistaken_name{"mediaurl", no_attachments},
    mistaken_name{"template", no_templates},
    mistaken_name{"templateid", no_templates},
    mistaken_name{"scheduledat", "use `send_at`"},
    mistaken_name{"scheduleat", "use `send_at`"},
    mistaken_name{"sendtime", "use `send_at`"},
    mistaken_name{"deliverat", "use `send_at`"},
    mistaken_name{"delay", "use `send_at`, a time"},
    mistaken_name{"validity", "use `ttl`, in seconds"},
    mistaken_name{"validityperiod", "use `ttl`, in seconds"},
    mistaken_name{"expiry", "use `expires_at` or `ttl`"},
    mistaken_name{"retries", "use `max_retries`"},
    mistaken_name{"tags", "use `metadata`, an object of strings"},
    mistaken_name{"custom", "use `metadata`, an object of strings"},
    mistaken_name{"idempotencykey",
                  "use the header Idempotency-Key; a line of a bulk request has it as a member"},
};

}  // namespace postrider::http::routes
