#include "sources/translate.hpp"

#include "base/ascii.hpp"
#include "base/cut_text.hpp"
#include "sources/draft.hpp"
#include "sources/forms.hpp"
#include "sources/multipart.hpp"
#include "sources/template.hpp"
#include "sources/texts.hpp"

#include <boost/json/object.hpp>
#include <boost/throw_exception.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace postrider::sources {
namespace {

draft_result read_draft(const source_settings& of, const incoming& request) {
  switch (of.type) {
    case source_type::alertmanager: return read_alertmanager(of, request);
    case source_type::grafana: return read_grafana(of, request);
    case source_type::apprise: return read_apprise(of, request);
    case source_type::gotify: return read_gotify(of, request);
    case source_type::ntfy: return read_ntfy(of, request);
    case source_type::json: return read_json(of, request);
    case source_type::mail: return read_posted_mail(of, request);
    case source_type::text: break;
  }
  return read_text(of, request);
}

/// Names in templates beyond those of the payload: the source, its own text, and `values`.
boost::json::value extras_of(const source_settings& of, const draft& made) {
  boost::json::object extras;
  extras["source"] = {{"name", of.name}, {"title", made.title}, {"text", made.text}};
  for (const auto& [name, pointer] : of.values) {
    boost::system::error_code error;
    if (const auto* found = made.payload.find_pointer(pointer, error)) extras[name] = *found;
  }
  return extras;
}

/// The templates of a source over one draft, and the first fault.
class templates {
 public:
  templates(const source_settings& of, const draft& made)
      : of_(of), made_(made), extras_(extras_of(of, made)) {}

  /// `otherwise` when there is no template, or it fails.
  std::string fill(std::string_view key, const std::string& text, std::string otherwise) {
    if (text.empty()) return otherwise;
    auto done = render(text, made_.payload, extras_);
    if (done.fault.empty() && trimmed(done.text).empty()) done.fault = "it came out empty";
    if (done.fault.empty()) return std::move(done.text);
    if (fault.empty())
      fault =
          fmt::format("the template \"{}\" of the source {} failed: {}", key, of_.name, done.fault);
    return otherwise;
  }

  std::string fault;

 private:
  const source_settings& of_;
  const draft& made_;
  boost::json::value extras_;
};

void fill_templates(const source_settings& of, draft& made, std::string& fault) {
  templates filled(of, made);
  auto title = clean_line(filled.fill("title", of.title, made.title), max_title_characters);
  auto text = clean_text(filled.fill("message", of.message, made.text));
  if (of.type == source_type::json) {
    const auto event = filled.fill("dedupe_key", of.dedupe_key, {});
    made.event = std::string(trimmed(event));
  }
  made.fits = made.fits && text == made.text;
  made.title = std::move(title);
  made.text = std::move(text);
  fault = filled.fault;
}

/// The text with its notes, no longer than the source's limit. Notes stay whole.
std::string whole_text(const source_settings& of, const draft& made, const std::string& fault) {
  std::string behind;
  for (const auto& note : made.notes)
    behind += (behind.empty() && made.text.empty() ? "" : "\n") + note;
  if (!fault.empty()) behind += "\n\n(" + clean_line(fault, 300) + ")";
  if (made.fits && behind.empty()) return made.text;
  const auto taken = characters(behind);
  constexpr std::size_t least = 100;
  const auto room = of.max_characters > taken + least ? of.max_characters - taken : least;
  return fitted(made.text, room) + behind;
}

boost::system::result<recipient_list, refusal> recipients_of(const source_settings& of,
                                                             const incoming& request,
                                                             const draft& made) {
  if (const auto wish = field_of(request.query, {"to"})) {
    if (!of.allow_to)
      return refusal{403,
                     "this source chooses its recipients itself; set allow_to = true of the "
                     "source, or leave ?to= out"};
    auto wanted = recipients_in(*wish);
    if (wanted.empty() || wanted.size() > max_source_recipients)
      return refusal{400, fmt::format("?to= must name 1 to {} recipients, with commas between",
                                      max_source_recipients)};
    return wanted;
  }
  if (const auto found = of.topics.find(made.topic); found != of.topics.end()) return found->second;
  if (of.to.empty())
    return refusal{404, fmt::format("the topic \"{}\" has no recipients; name it in topics of the "
                                    "source, or give the source `to` for all other topics",
                                    clean_line(made.topic, 100))};
  return of.to;
}

std::optional<refusal> address_message(const source_settings& of, const std::string& to,
                                       actors::send_request& message) {
  if (names_user(to)) {
    message.user = named_user(to);
    if (message.user == 0)
      return refusal{400, fmt::format("\"{}\" is no user; write user:7", clean_line(to, 100))};
    return std::nullopt;
  }
  if (of.user == 0)
    return refusal{400, fmt::format("\"{}\" is an address, and the source has no user_id for it",
                                    clean_line(to, 100))};
  message.user = of.user;
  message.recipients.emplace().push_back({to, {}, {}, {}});
  return std::nullopt;
}

actors::send_request message_of(const source_settings& of, const draft& made,
                                const std::string& fault) {
  actors::send_request message;
  message.text = whole_text(of, made, fault);
  message.subject = made.title;
  message.shorten = true;
  // A title alone is the text: twice the same would be odd.
  if (message.text.empty()) message.text = std::exchange(message.subject, {});
  message.priority = priority_for(of, made.level, made.priority);
  message.send_at = made.send_at;
  message.fallback_on_undelivered = of.fallback_on_undelivered;
  if (of.ttl.count() > 0) message.ttl = std::chrono::ceil<std::chrono::seconds>(of.ttl);
  return message;
}

}  // namespace

void throw_exception_from_error(const refusal& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.detail), where);
}

persistence::priority priority_for(const source_settings& of, std::string_view level,
                                   persistence::priority own) {
  if (const auto found = of.priorities.find(ascii::lower_case(level)); found != of.priorities.end())
    return found->second;
  const auto all = of.priorities.find("default");
  return all == of.priorities.end() ? own : all->second;
}

boost::system::result<std::optional<text_fields>, refusal> form_fields(const incoming& request,
                                                                       draft& into) {
  if (is_form(request.content_type)) return form_of(request.body);
  if (!is_multipart(request.content_type)) return std::nullopt;
  const auto parts = multipart_form(request.content_type, request.body);
  if (!parts)
    return refusal{400,
                   fmt::format("the body is no multipart form of at most {} parts; send the text "
                               "alone, or a form as curl -F makes it",
                               max_form_parts)};
  text_fields fields;
  attachment_list files(into);
  for (const auto& part : *parts)
    if (part.file) files.add(*part.file, part.content_type, part.content.size());
    else fields.emplace_back(part.name, part.content);
  return fields;
}

void attachment_list::add(std::string_view name, std::string_view type,
                          std::optional<std::size_t> bytes) {
  constexpr std::size_t most_named = 20;
  if (named_ > most_named) return;
  into_.notes.push_back(named_++ < most_named ? attachment_note(name, type, bytes)
                                              : "and more attachments");
}

std::optional<refusal> refuse_shape(const source_settings& of, const incoming& request) {
  if (!request.path.empty())
    return refusal{404,
                   fmt::format("there is nothing below /in/{}; send to /in/{}", of.name, of.name)};
  if (request.method != "POST" && request.method != "PUT") return refusal{405, "send it with POST"};
  return std::nullopt;
}

boost::system::result<translation, refusal> to_messages(const source_settings& of, draft read,
                                                        recipient_list recipients) {
  translation made;
  made.skipped = std::move(read.skipped);
  made.title = read.title;
  made.text = read.text;
  made.topic = read.topic;
  made.number = read.number;
  made.tags = read.tags;
  if (!made.skipped.empty()) return made;
  fill_templates(of, read, made.fault);
  made.event = read.event;
  const auto message = message_of(of, read, made.fault);
  for (auto& to : recipients) {
    // A recipient that is named twice gets it once.
    if (std::ranges::find(made.to, to) != made.to.end()) continue;
    auto one = message;
    if (auto refused = address_message(of, to, one)) return *refused;
    made.messages.push_back(std::move(one));
    made.to.push_back(std::move(to));
  }
  return made;
}

boost::system::result<translation, refusal> translate(const source_settings& of,
                                                      const incoming& request) {
  auto read = read_draft(of, request);
  if (!read) return read.error();
  // A request that is skipped needs no recipients.
  if (!read->skipped.empty()) return to_messages(of, std::move(*read), {});
  auto recipients = recipients_of(of, request, *read);
  if (!recipients) return recipients.error();
  return to_messages(of, std::move(*read), std::move(*recipients));
}

}  // namespace postrider::sources
