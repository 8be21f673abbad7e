#include "base/ascii.hpp"
#include "sources/draft.hpp"
#include "sources/forms.hpp"
#include "sources/texts.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

// Plain text, a form, or the parameters of a GET.
namespace postrider::sources {
namespace {

constexpr std::array<std::string_view, 4> text_names{"message", "text", "body", "msg"};

persistence::priority named_priority(std::string_view word) {
  for (const auto one : persistence::all_priorities)
    if (ascii::lower_case(word) == persistence::to_string(one)) return one;
  return persistence::priority::normal;
}

}  // namespace

draft_result read_text(const source_settings& of, const incoming& request) {
  if (!request.path.empty())
    return refusal{404,
                   fmt::format("there is nothing below /in/{}; send to /in/{}", of.name, of.name)};
  if (request.method == "GET" && !of.allow_get)
    return refusal{405,
                   "send the text with POST; for devices that can only GET set allow_get = true "
                   "of the source"};
  if (is_multipart(request.content_type))
    return refusal{415,
                   "multipart forms are not read; send the text alone, or a form with curl -d"};
  text_fields fields = request.query;
  std::string text;
  if (is_form(request.content_type)) {
    const auto form = form_of(request.body);
    // curl -d says "form" for any text.
    if (auto found = field_of(form, text_names)) {
      text = std::move(*found);
      fields.insert(fields.begin(), form.begin(), form.end());
    } else {
      text = request.body;
    }
  } else {
    text = request.body;
  }
  if (trimmed(text).empty()) text = field_of(request.query, text_names).value_or("");
  draft made;
  made.text = clean_text(text);
  made.title =
      clean_line(field_of(fields, {"title", "subject"}).value_or(""), max_title_characters);
  if (made.text.empty() && made.title.empty())
    return refusal{400, fmt::format("the text is empty; send it as the body: curl -d \"Backup "
                                    "failed\" .../in/{}",
                                    of.name)};
  made.level = field_of(fields, {"priority"}).value_or("");
  made.priority = named_priority(made.level);
  made.payload =
      boost::json::object{{"message", made.text}, {"title", made.title}, {"priority", made.level}};
  return made;
}

}  // namespace postrider::sources
