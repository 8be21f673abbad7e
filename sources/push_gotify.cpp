#include "sources/draft.hpp"
#include "sources/forms.hpp"
#include "sources/payload.hpp"
#include "sources/texts.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

// Gotify: POST /message with JSON or a form.
namespace postrider::sources {
namespace {

/// Gotify's Android app is silent below 4 and rings from 8 on.
persistence::priority gotify_priority(std::int64_t number) {
  if (number >= 8) return persistence::priority::high;
  return number >= 4 ? persistence::priority::normal : persistence::priority::low;
}

boost::system::result<boost::json::value, refusal> gotify_payload(const source_settings& of,
                                                                  const incoming& request,
                                                                  draft& into) {
  const auto form = form_fields(request, into);
  if (!form) return form.error();
  if (!*form) return parse_object(of, request.body);
  boost::json::object fields;
  for (const auto& [name, value] : **form)
    fields[clean_line(name, 200)] = clean_text(value);
  return boost::json::value(std::move(fields));
}

}  // namespace

draft_result read_gotify(const source_settings& of, const incoming& request) {
  const bool known =
      request.path.empty() || (request.path.size() == 1 && request.path[0] == "message");
  if (!known) return refusal{404, "there is only /message, as in Gotify's API"};
  if (request.method != "POST") return refusal{405, "send a message with POST"};
  draft made;
  auto payload = gotify_payload(of, request, made);
  if (!payload) return payload.error();
  made.text = clean_text(text_member(*payload, "message"));
  if (made.text.empty()) return refusal{400, "`message` is required: the text of the message"};
  made.title = clean_line(text_member(*payload, "title"), max_title_characters);
  if (const auto number = whole_number(member(*payload, "priority"))) {
    made.number = *number;
    made.level = fmt::format("{}", *number);
    made.priority = gotify_priority(*number);
  }
  made.payload = std::move(*payload);
  return made;
}

}  // namespace postrider::sources
