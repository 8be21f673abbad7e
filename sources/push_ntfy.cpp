#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "sources/delay.hpp"
#include "sources/draft.hpp"
#include "sources/forms.hpp"
#include "sources/mail_words.hpp"
#include "sources/payload.hpp"
#include "sources/texts.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>

// ntfy: a text to /TOPIC with headers or parameters, or JSON to the root.
namespace postrider::sources {
namespace {

using names = std::span<const std::string_view>;
constexpr std::array<std::string_view, 3> message_names{"x-message", "message", "m"};
constexpr std::array<std::string_view, 4> title_names{"x-title", "title", "ti", "t"};
constexpr std::array<std::string_view, 4> priority_names{"x-priority", "priority", "prio", "p"};
constexpr std::array<std::string_view, 4> tag_names{"x-tags", "tags", "tag", "ta"};
constexpr std::array<std::string_view, 2> click_names{"x-click", "click"};
constexpr std::array<std::string_view, 3> attach_names{"x-attach", "attach", "a"};
constexpr std::array<std::string_view, 4> file_names{"x-filename", "filename", "file", "f"};
constexpr std::array<std::string_view, 6> delay_names{"x-delay", "delay", "x-at",
                                                      "at",      "x-in",  "in"};

/// A header, or else a parameter of the query: ntfy looks at both.
std::string parameter(const incoming& request, names wanted) {
  for (const auto name : wanted)
    for (const auto& [given, value] : request.headers)
      if (ascii::lower_case(given) == name && !value.empty()) return decoded_words(value);
  return field_of(request.query, wanted).value_or("");
}

/// 1 to 5; 0: it is none of ntfy's words.
std::int64_t ntfy_number(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> words{
      {{"min", 1}, {"low", 2}, {"default", 3}, {"high", 4}, {"max", 5}, {"urgent", 5}}};
  const auto lower = ascii::lower_case(trimmed(word));
  for (const auto& [known, number] : words)
    if (lower == known) return number;
  return lower.size() == 1 && lower[0] >= '1' && lower[0] <= '5' ? lower[0] - '0' : 0;
}

void set_priority(std::string_view word, draft& into) {
  const auto number = ntfy_number(word);
  into.number = number == 0 ? 3 : number;
  into.level = fmt::format("{}", into.number);
  into.priority = into.number > 3   ? persistence::priority::high
                  : into.number < 3 ? persistence::priority::low
                                    : persistence::priority::normal;
}

void set_tags(std::string_view list, draft& into) {
  constexpr std::size_t most = 20;
  for (auto& tag : recipients_in(list))
    if (into.tags.size() < most) into.tags.push_back(clean_line(tag, 100));
}

/// A delay that is not understood is no reason to lose the message.
void set_delay(const std::string& wish, actors::time_point now, draft& into) {
  if (wish.empty()) return;
  into.send_at = delayed_until(wish, now);
  if (!into.send_at)
    into.notes.push_back(
        fmt::format("(sent at once: the delay \"{}\" is not understood; send \"30m\", "
                    "\"2h\" or seconds since 1970)",
                    clean_line(wish, 100)));
}

void add_links(const std::string& click, const std::string& attach, const std::string& file,
               draft& into) {
  if (!click.empty()) into.notes.push_back(clean_line(click, 2'000));
  if (!attach.empty())
    into.notes.push_back(
        fmt::format("{}: {}", attachment_note(file, "", std::nullopt), clean_line(attach, 2'000)));
}

bool is_topic(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-';
  });
}

refusal bad_topic(std::string_view topic) {
  return {400, fmt::format("invalid request: topic invalid: \"{}\" is not 1 to 64 letters, digits, "
                           "_ and -",
                           clean_line(topic, 100))};
}

/// ntfy says "triggered" for a message without a text.
void fill_text(draft& into) {
  if (into.text.empty() && into.notes.empty()) into.text = "triggered";
}

draft_result read_published_json(const source_settings& of, const incoming& request) {
  auto payload = parse_object(of, request.body);
  if (!payload)
    return refusal{400,
                   "invalid request: request body must be message JSON; a text goes to "
                   "/TOPIC: " +
                       payload.error().detail};
  draft made;
  made.topic = text_member(*payload, "topic");
  if (!is_topic(made.topic)) return bad_topic(made.topic);
  made.text = clean_text(text_member(*payload, "message"));
  made.title = clean_line(text_member(*payload, "title"), max_title_characters);
  set_priority(text_member(*payload, "priority"), made);
  if (const auto* tags = member(*payload, "tags")) {
    if (tags->is_array())
      for (const auto& tag : tags->get_array())
        set_tags(text_of(tag), made);
    else set_tags(text_of(*tags), made);
  }
  set_delay(text_member(*payload, "delay"), request.now, made);
  add_links(text_member(*payload, "click"), text_member(*payload, "attach"),
            text_member(*payload, "filename"), made);
  fill_text(made);
  made.payload = std::move(*payload);
  return made;
}

}  // namespace

draft_result read_ntfy(const source_settings& of, const incoming& request) {
  auto path = request.path;
  const bool by_get =
      path.size() == 2 && (path[1] == "publish" || path[1] == "send" || path[1] == "trigger");
  const bool gets = request.method == "GET" && by_get && of.allow_get;
  if (!gets && request.method != "POST" && request.method != "PUT")
    return refusal{405,
                   "publish with POST or PUT; for GET /TOPIC/publish set allow_get = true of the "
                   "source"};
  if (path.empty()) return read_published_json(of, request);
  if (path.size() > 1 && !by_get) return refusal{404, "page not found; publish to /TOPIC"};
  if (!is_topic(path[0])) return bad_topic(path[0]);
  draft made;
  made.topic = path[0];
  const auto file = parameter(request, file_names);
  const auto text = parameter(request, message_names);
  const bool is_file = !file.empty() || !is_utf8(request.body);
  if (is_file && !request.body.empty()) {
    made.notes.push_back(attachment_note(file, request.content_type, request.body.size()));
    made.text = clean_text(text);
  } else {
    made.text = clean_text(request.body.empty() ? std::string_view(text) : request.body);
  }
  made.title = clean_line(parameter(request, title_names), max_title_characters);
  set_priority(parameter(request, priority_names), made);
  set_tags(parameter(request, tag_names), made);
  set_delay(parameter(request, delay_names), request.now, made);
  add_links(parameter(request, click_names), parameter(request, attach_names), file, made);
  fill_text(made);
  boost::json::array tags(made.tags.begin(), made.tags.end());
  made.payload = boost::json::object{{"topic", made.topic},
                                     {"message", made.text},
                                     {"title", made.title},
                                     {"priority", made.number},
                                     {"tags", std::move(tags)}};
  return made;
}

}  // namespace postrider::sources
