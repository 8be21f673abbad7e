#include "http/routes/send_reader.hpp"

#include "http/routes/mistaken_names.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace postrider::http::routes {
namespace {

using actors::recipient_input;
using persistence::max_recipient_bytes;

/// The request as it is read, with the values that are compared when all is read.
struct send_draft : actors::send_request {
  bool has_expires_at = false, has_type = false;
};

template <class Object>
void take_text(const field& from, std::string Object::*into, std::size_t max, Object& object) {
  if (const auto text = from.text(1, max)) object.*into = *text;
}

constexpr std::array recipient_members{
    member<recipient_input>{"phone", presence::optional,
                            [](const field& from, recipient_input& to) {
                              take_text(from, &recipient_input::phone, max_recipient_bytes, to);
                            }},
    member<recipient_input>{"email", presence::optional,
                            [](const field& from, recipient_input& to) {
                              take_text(from, &recipient_input::email, max_recipient_bytes, to);
                            }},
    member<recipient_input>{"url", presence::optional,
                            [](const field& from, recipient_input& to) {
                              take_text(from, &recipient_input::url, max_recipient_bytes, to);
                            }},
};

constexpr bool recipients_can_be_objects = std::ranges::any_of(
    recipient_members, [](const auto& one) { return one.when != presence::later; });

/// One recipient without the brackets is what many services take.
std::string in_brackets(const boost::json::string& text) {
  constexpr std::size_t longest = 64;
  if (text.size() > longest) return "[\"...\"]";
  return fmt::format("[{}]", boost::json::serialize(text));
}

void read_recipients(const field& from, send_draft& into) {
  auto& recipients = into.recipients.emplace();
  if (const auto* text = from.value().if_string())
    return from.wrong("wrong_type",
                      fmt::format("must be an array, not a string: {}", in_brackets(*text)));
  from.elements(1, max_recipients,
                [&](const field& element) { recipients.push_back(read_recipient(element)); });
}

void read_message(const field& from, send_draft& into) {
  take_text<send_draft>(from, &send_draft::text, max_message_characters, into);
}

void read_user(const field& from, send_draft& into) {
  if (const auto id = from.integer(1, std::numeric_limits<std::int64_t>::max())) into.user = *id;
}

void read_type(const field& from, send_draft& into) {
  into.has_type = true;
  take_text<send_draft>(from, &send_draft::type, 64, into);
}

void read_fallback(const field& from, send_draft& into) {
  if (const auto yes = from.boolean()) into.fallback = *yes;
}

void read_fallback_on_undelivered(const field& from, send_draft& into) {
  into.fallback_on_undelivered = from.boolean();
}

void read_subject(const field& from, send_draft& into) {
  // RFC 5322, 2.1.1: no line is longer than 998 characters.
  take_text<send_draft>(from, &send_draft::subject, 998, into);
}

void read_html(const field& from, send_draft& into) {
  take_text<send_draft>(from, &send_draft::html, 4 * max_message_characters, into);
}

void read_priority(const field& from, send_draft& into) {
  static constexpr std::array<std::string_view, 3> names{"high", "normal", "low"};
  if (const auto index = from.choice(names)) into.priority = persistence::all_priorities[*index];
}

void read_on_unknown(const field& from, send_draft& into) {
  static constexpr std::array<std::string_view, 2> names{"retry", "hold"};
  if (const auto index = from.choice(names))
    into.on_unknown = *index == 0 ? persistence::on_unknown::retry : persistence::on_unknown::hold;
}

void read_max_retries(const field& from, send_draft& into) {
  if (const auto count = from.integer(0, max_retries_limit))
    into.max_retries = static_cast<std::int32_t>(*count);
}

void read_send_at(const field& from, send_draft& into) { into.send_at = from.time(); }

void read_expires_at(const field& from, send_draft& into) {
  into.has_expires_at = true;
  into.expires_at = from.time();
}

void read_ttl(const field& from, send_draft& into) {
  constexpr std::chrono::seconds longest = std::chrono::days(366);
  if (from.value().is_string())
    return from.wrong("wrong_type", "must be a number of seconds such as 3600, not a string");
  if (const auto seconds = from.integer(1, longest.count()))
    into.ttl = std::chrono::seconds(*seconds);
}

void read_metadata(const field& from, send_draft& into) {
  const auto* object = from.object();
  if (object == nullptr) return;
  for (const auto& entry : *object) {
    const std::string_view name(entry.key().data(), entry.key().size());
    if (!entry.value().is_string()) from.wrong_member(name, "wrong_type", "must be a string");
  }
  into.metadata = boost::json::serialize(*object);
  if (into.metadata.size() > max_metadata_bytes)
    from.wrong("too_long", fmt::format("must have at most {} bytes as JSON, not {}",
                                       max_metadata_bytes, into.metadata.size()));
}

void read_reference(const field& from, send_draft& into) {
  const auto text = from.text(1, persistence::max_reference_bytes);
  if (!text) return;
  if (text->size() > persistence::max_reference_bytes)
    from.wrong("too_long", fmt::format("must have at most {} bytes, not {}",
                                       persistence::max_reference_bytes, text->size()));
  else if (std::ranges::any_of(*text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    from.wrong("bad_character", "must have no control characters");
  else into.reference = *text;
}

constexpr std::array send_members{
    member<send_draft>{"message", presence::required, read_message},
    member<send_draft>{"user_id", presence::required, read_user},
    member<send_draft>{"recipients", presence::optional, read_recipients},
    member<send_draft>{"type", presence::optional, read_type},
    member<send_draft>{"fallback", presence::optional, read_fallback},
    member<send_draft>{"fallback_on_undelivered", presence::optional, read_fallback_on_undelivered},
    member<send_draft>{"subject", presence::optional, read_subject},
    member<send_draft>{"html", presence::optional, read_html},
    member<send_draft>{"priority", presence::optional, read_priority},
    member<send_draft>{"send_at", presence::optional, read_send_at},
    member<send_draft>{"expires_at", presence::optional, read_expires_at},
    member<send_draft>{"ttl", presence::optional, read_ttl},
    member<send_draft>{"max_retries", presence::optional, read_max_retries},
    member<send_draft>{"on_unknown", presence::optional, read_on_unknown},
    member<send_draft>{"metadata", presence::optional, read_metadata},
    member<send_draft>{"reference", presence::optional, read_reference},
};

}  // namespace

recipient_input read_recipient(const field& from) {
  recipient_input recipient;
  if (!recipients_can_be_objects || !from.value().is_object()) {
    take_text(from, &recipient_input::text, max_recipient_bytes, recipient);
    return recipient;
  }
  read_members<recipient_input>(from, recipient_members, recipient, mistaken_recipient_members);
  if (from.value().get_object().empty())
    from.wrong("missing", "must have at least one of phone, email, url");
  return recipient;
}

void read_send_request(const field& document, actors::send_request& into) {
  send_draft read;
  read_members<send_draft>(document, send_members, read, mistaken_members);
  if (read.ttl && read.has_expires_at)
    document.wrong_member("ttl", "conflict", "cannot be combined with expires_at");
  if (!read.fallback && !read.has_type)
    document.wrong_member("fallback", "without_type",
                          "can be false only beside type: it says that no other type is tried");
  actors::send_request& request = read;
  // The pipeline looks at values, but it would not be asked.
  if (document.any_wrong())
    document.wrong_values(actors::value_problems(
        request, std::chrono::floor<time_point::duration>(std::chrono::system_clock::now())));
  into = std::move(request);
}

}  // namespace postrider::http::routes
