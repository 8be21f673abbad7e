#include "sources/draft.hpp"
#include "sources/payload.hpp"
#include "sources/texts.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

// Apprise's json:// and jsons://.
namespace postrider::sources {
namespace {

/// The size of what base64 stands for.
std::size_t decoded_size(std::string_view base64) {
  while (base64.ends_with('='))
    base64.remove_suffix(1);
  return base64.size() / 4 * 3 + (base64.size() % 4 == 0 ? 0 : base64.size() % 4 - 1);
}

void note_attachments(const boost::json::value& payload, draft& into) {
  const auto* list = member(payload, "attachments");
  if (!list || !list->is_array()) return;
  attachment_list files(into);
  for (const auto& one : list->get_array()) {
    const auto* content = member(one, "base64");
    const auto* text = content ? content->if_string() : nullptr;
    files.add(text_member(one, "filename"), text_member(one, "mimetype"),
              text ? std::optional(decoded_size({text->data(), text->size()})) : std::nullopt);
  }
}

}  // namespace

draft_result read_apprise(const source_settings& of, const incoming& request) {
  if (auto refused = refuse_shape(of, request)) return *refused;
  auto payload = parse_object(of, request.body);
  if (!payload) return payload.error();
  draft made;
  made.title = clean_line(text_member(*payload, "title"), max_title_characters);
  made.text = clean_text(text_member(*payload, "message"));
  note_attachments(*payload, made);
  if (made.title.empty() && made.text.empty() && made.notes.empty())
    return refusal{400,
                   "`title` and `message` are both empty; Apprise sends at least one (-t, -b)"};
  made.level = text_member(*payload, "type");
  if (made.level == "failure") made.priority = persistence::priority::high;
  made.payload = std::move(*payload);
  return made;
}

}  // namespace postrider::sources
