#include "tools/postrider/key_builders.hpp"

#include <fmt/format.h>

namespace postrider::cli {

namespace {

using s = sources::source_settings;

std::string source_type_words() {
  std::string words;
  for (const auto type : sources::all_source_types)
    words += fmt::format("{}{}", words.empty() ? "" : " ", sources::to_string(type));
  return words;
}

void store_fallback(s& to, const value& found) { to.fallback_on_undelivered = found.boolean; }

}  // namespace

std::vector<source_key> source_keys() {
  return {
      {needed_text("name", "",
                   "The unique name of the source: 1 to 64 lower-case letters, digits and hyphens. "
                   "Programs send to /in/NAME."),
       nullptr},
      {{.name = "type",
        .kind = kind::choice,
        .default_value = {},
        .choices = source_type_words(),
        .help = "The protocol that its program speaks.",
        .required = true},
       nullptr},
      {plain(
           kind::text, "to", "",
           "The recipients: users (\"user:7\"), or phone numbers, email addresses and URLs, which "
           "need user_id. Each gets a message of its own. At most 50."),
       nullptr, "[\"user:7\", \"+15551234567\"]"},
      {whole("user_id", "0", 0, 9e15, "The user of messages to addresses."), into<&s::user>},
      {plain(kind::text, "topics", "",
             "ntfy: the recipients of single topics. Other topics go to `to`."),
       nullptr, "{ backups = [\"user:7\"], doors = [\"user:8\"] }"},
      {plain(
           kind::text, "priority", "",
           "The priority of all messages (\"high\", \"normal\" or \"low\"), or a table over a "
           "label: "
           "alertmanager, grafana and json look at priority_label, apprise at the type, gotify and "
           "ntfy at the priority's number, mail at high, normal and low. Without it the protocol's "
           "own priority counts."),
       nullptr, "{ critical = \"high\", default = \"normal\" }"},
      {needed_text("priority_label", "severity",
                   "The label that `priority` looks at; json: a name such as event.level."),
       into<&s::priority_label>},
      {plain(
           kind::text, "title", "",
           "A mustache template for the title, over the payload. Without it the type's own title."),
       into<&s::title>},
      {plain(kind::text, "message", "",
             "A mustache template for the text. {{source.text}} is the type's own text."),
       into<&s::message>},
      {plain(
           kind::text, "dedupe_key", "",
           "json: a mustache template that names the event. Two requests with the same name within "
           "`dedupe` give one message."),
       into<&s::dedupe_key>},
      {plain(kind::text, "values", "",
             "json: names for templates, and JSON pointers to their values."),
       nullptr, "{ host = \"/event/tags/host name\" }"},
      {span("dedupe", "1h", 0, 7 * day,
            "The time for which a repeat of the same event is no new message. Longer than the "
            "sender's retries, shorter than its reminders. 0s: each request is a message. Of mail "
            "the default is seven days."),
       into<&s::dedupe>},
      {plain(kind::boolean, "send_resolved", "true", "false: resolved alerts are dropped."),
       into<&s::send_resolved>},
      {plain(kind::boolean, "allow_to", "false",
             "true: a request may choose its recipients (?to=user:7,+15551234567)."),
       into<&s::allow_to>},
      {plain(kind::boolean, "allow_get", "false",
             "text and ntfy: true lets a GET send, for devices that can do no more."),
       into<&s::allow_get>},
      {span("ttl", "0s", 0, 366 * day,
            "Messages that were not sent in this time expire. 0s: they do not."),
       into<&s::ttl>},
      {plain(kind::boolean, "fallback_on_undelivered", "",
             "true: a receipt that says \"undelivered\" goes on with the next provider. Without it "
             "the "
             "line of the user's list decides."),
       store_fallback},
      {plain(kind::text, "host", "",
             "A host name whose requests all go to this source, for clients that know no path."),
       into<&s::host>},
      {bounded(kind::size, "max_body", "8MiB", kib, 64 * mib, "The longest request body."),
       into<&s::max_body>},
      {whole("max_characters", "10000", 200, 60'000,
             "A longer text is cut for all channels, and says by how much. A channel that takes "
             "less, such as SMS, cuts it further."),
       into<&s::max_characters>},
      {plain(kind::secret, "signature_secret", "",
             "grafana: the secret of its HMAC signature. Without it no signature is checked."),
       into<&s::signature_secret>},
      {needed_text("signature_header", "X-Grafana-Alerting-Signature",
                   "grafana: the header with the signature."),
       into<&s::signature_header>},
      {plain(kind::text, "signature_timestamp_header", "",
             "grafana: the header with the time, if the signature includes it."),
       into<&s::signature_timestamp_header>},
  };
}

}  // namespace postrider::cli
