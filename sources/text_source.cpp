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
  const bool gets = request.method == "GET";
  if ((gets && !of.allow_get) || (!gets && request.method != "POST" && request.method != "PUT"))
    return refusal{405,
                   "send the text with POST; for devices that can only GET set allow_get = true "
                   "of the source"};
  draft made;
  const auto form = form_fields(request, made);
  if (!form) return form.error();
  const auto named = *form ? field_of(**form, text_names) : std::nullopt;
  // curl -d says "form" for any text.
  const bool plain = !named && !is_multipart(request.content_type);
  auto text = plain ? std::string(request.body) : named.value_or("");
  auto fields = request.query;
  if (*form && !plain) fields.insert(fields.begin(), (*form)->begin(), (*form)->end());
  if (trimmed(text).empty()) text = field_of(request.query, text_names).value_or("");
  made.text = clean_text(text);
  made.title =
      clean_line(field_of(fields, {"title", "subject"}).value_or(""), max_title_characters);
  if (made.text.empty() && made.title.empty() && made.notes.empty())
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
