#include "sources/mail.hpp"

#include "actors/api/mail_trace.hpp"
#include "base/ascii.hpp"
#include "sources/draft.hpp"
#include "sources/forms.hpp"
#include "sources/texts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

// A mail: its subject is the title.
namespace postrider::sources {
namespace {

/// The reason why a mail is in a loop: too many Received fields, or the mark of a mail that an
/// email provider of Postrider sent. Nothing: it is in none.
std::optional<std::string> loop_in(const text_fields& headers) {
  const auto trace = ascii::lower_case(actors::mail_trace_header);
  const auto received = static_cast<std::size_t>(std::ranges::count(
      headers, std::string_view("received"), [](const auto& one) { return one.first; }));
  if (std::ranges::any_of(headers, [&](const auto& one) { return one.first == trace; }))
    return fmt::format(
        "this mail was sent by an email provider of Postrider ({}), so it would go round in "
        "circles; send the message to its recipients directly",
        actors::mail_trace_header);
  if (received > max_received)
    return fmt::format(
        "this mail has more than {} Received headers, so it goes round in circles; look for "
        "servers that forward to each other",
        max_received);
  return std::nullopt;
}

/// Nothing: the word is none of the three.
std::optional<persistence::priority> named_importance(std::string_view word) {
  using enum persistence::priority;
  static constexpr std::array<std::pair<std::string_view, persistence::priority>, 11> words{
      {{"high", high},
       {"urgent", high},
       {"highest", high},
       {"1", high},
       {"2", high},
       {"normal", normal},
       {"3", normal},
       {"low", low},
       {"non-urgent", low},
       {"4", low},
       {"5", low}}};
  // "1 (Highest)"
  const auto first = ascii::lower_case(word.substr(0, word.find_first_of(" (;")));
  for (const auto& [known, priority] : words)
    if (first == known) return priority;
  return std::nullopt;
}

/// Importance (RFC 2156, 4021), then X-Priority and its kin, then Priority, which is about speed.
persistence::priority priority_of(const read_mail& mail) {
  for (const auto* name : {"importance", "x-priority", "x-msmail-priority", "priority"})
    if (const auto found = named_importance(mail.header(name))) return *found;
  return persistence::priority::normal;
}

/// A Message-ID names one mail. Devices that send the same one with each mail change the date, or
/// have no clock and change the text alone.
std::string event_of(const read_mail& mail, std::string_view recipient) {
  const auto id = mail.header("message-id");
  if (id.empty()) return {};
  return fmt::format("mail\n{}\n{}\n{}\n{}\n{}", id, mail.header("date"),
                     ascii::lower_case(recipient), mail.header("subject"), mail.text);
}

boost::json::value payload_of(const read_mail& mail, const incoming_mail& from) {
  boost::json::object headers;
  for (const auto& [name, value] : mail.headers)
    if (!headers.contains(name)) headers[name] = value;
  boost::json::array attachments;
  for (const auto& one : mail.attachments) {
    boost::json::object shown{{"name", clean_line(one.name, 200)}, {"type", one.type}};
    if (one.bytes) shown["bytes"] = *one.bytes;
    attachments.push_back(std::move(shown));
  }
  return boost::json::object{{"subject", mail.header("subject")},
                             {"from", mail.header("from")},
                             {"to", mail.header("to")},
                             {"cc", mail.header("cc")},
                             {"date", mail.header("date")},
                             {"message_id", mail.header("message-id")},
                             {"text", mail.text},
                             {"sender", clean_line(from.sender, 500)},
                             {"recipient", clean_line(from.recipient, 500)},
                             {"attachments", std::move(attachments)},
                             {"headers", std::move(headers)}};
}

draft draft_of(const incoming_mail& from, const read_mail& mail) {
  draft made;
  made.title = clean_line(mail.header("subject"), max_title_characters);
  made.text = mail.text;
  made.priority = priority_of(mail);
  made.level = persistence::to_string(made.priority);
  made.event = event_of(mail, from.recipient);
  attachment_list attachments(made);
  for (const auto& one : mail.attachments)
    attachments.add(one.name, one.type, one.bytes);
  if (!mail.whole)
    made.notes.emplace_back("(the mail has more parts or headers than are read; its end is cut)");
  if (made.text.empty() && made.title.empty() && made.notes.empty()) {
    auto sender = clean_line(mail.header("from"), max_title_characters);
    if (sender.empty()) sender = clean_line(from.sender, max_title_characters);
    made.text = sender.empty() ? "(a mail without a text)"
                               : fmt::format("(a mail without a text, from {})", sender);
  }
  made.payload = payload_of(mail, from);
  return made;
}

}  // namespace

draft_result read_posted_mail(const source_settings& of, const incoming& request) {
  if (auto refused = refuse_shape(of, request)) return *refused;
  if (is_multipart(request.content_type) || is_json_type(request.content_type))
    return refusal{
        400, fmt::format("the body is no mail; send it as it is: curl --data-binary @mail.eml "
                         "-H \"Content-Type: message/rfc822\" .../in/{}",
                         of.name)};
  if (trimmed(request.body).empty())
    return refusal{400, "the mail is empty; send its headers and its text as the body"};
  const auto read = open_mail(request.body);
  if (!read) return read.error();
  return draft_of({{}, {}, request.body, request.now}, *read);
}

boost::system::result<read_mail, refusal> open_mail(std::string_view content) {
  auto read = read_mail_content(content);
  if (auto loop = loop_in(read.headers)) return refusal{loop_status, std::move(*loop)};
  return read;
}

boost::system::result<translation, refusal> translate_mail(const source_settings& of,
                                                           const incoming_mail& mail,
                                                           const read_mail& read) {
  if (of.to.empty())
    return refusal{404, fmt::format("the source {} has no recipients; give it `to`", of.name)};
  if (mail.content.size() > of.max_body)
    return refusal{413, fmt::format("the mail is larger than {} bytes; send less, or raise "
                                    "max_body of the source {}",
                                    of.max_body, of.name)};
  return to_messages(of, draft_of(mail, read), of.to);
}

boost::system::result<translation, refusal> translate_mail(const source_settings& of,
                                                           const incoming_mail& mail) {
  const auto read = open_mail(mail.content);
  if (!read) return read.error();
  return translate_mail(of, mail, *read);
}

}  // namespace postrider::sources
