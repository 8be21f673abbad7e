#include "base/ascii.hpp"
#include "sources/draft.hpp"
#include "sources/payload.hpp"
#include "sources/texts.hpp"

#include <boost/json/serialize.hpp>

// Any JSON.
namespace postrider::sources {
namespace {

std::string first_text(const boost::json::value& of,
                       std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (auto text = clean_text(text_member(of, name)); !text.empty()) return text;
  return {};
}

}  // namespace

draft_result read_json(const source_settings& of, const incoming& request) {
  if (auto refused = refuse_shape(of, request)) return *refused;
  auto payload = parse_payload(of, request.body);
  if (!payload) return payload.error();
  draft made;
  made.title =
      clean_line(first_text(*payload, {"title", "subject", "summary"}), max_title_characters);
  made.text = first_text(*payload, {"message", "text", "msg", "body", "description"});
  if (made.text.empty()) made.text = clean_text(boost::json::serialize(*payload));
  if (const auto* level = by_dots(*payload, of.priority_label))
    made.level = ascii::lower_case(text_of(*level));
  made.payload = std::move(*payload);
  return made;
}

}  // namespace postrider::sources
