#include "sources/mail_reader.hpp"

#include "base/ascii.hpp"
#include "sources/gmime_handles.hpp"
#include "sources/mail_bounds.hpp"
#include "sources/mail_parts.hpp"
#include "sources/mail_words.hpp"
#include "sources/texts.hpp"

#include <algorithm>

namespace postrider::sources {
namespace {

constexpr std::size_t max_headers = 500;
constexpr std::size_t max_header_value = 8 * 1024;

owned_object<GMimeObject> parse(const std::string& content) {
  start_gmime();
  const owned_object<GMimeStream> stream(
      g_mime_stream_mem_new_with_buffer(content.data(), content.size()));
  const owned_object<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  // As a part, not as a message: GMime would parse all addresses of a message at once.
  return owned_object<GMimeObject>(g_mime_parser_construct_part(parser.get(), nullptr));
}

text_fields headers_of(GMimeObject* mail) {
  text_fields headers;
  auto* list = g_mime_object_get_header_list(mail);
  const int count = list ? g_mime_header_list_get_count(list) : 0;
  for (int i = 0; i < count && headers.size() < max_headers; ++i) {
    auto* header = g_mime_header_list_get_header_at(list, i);
    const char* value = g_mime_header_get_raw_value(header);
    headers.emplace_back(ascii::lower_case(g_mime_header_get_name(header)),
                         decoded_header(value ? value : ""));
  }
  return headers;
}

}  // namespace

std::string_view read_mail::header(std::string_view name) const {
  const auto found =
      std::ranges::find_if(headers, [name](const auto& one) { return one.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string decoded_header(std::string_view value) {
  return clean_line(decoded_words(value.substr(0, max_header_value)), max_header_value);
}

read_mail read_mail_content(std::string_view content) {
  const auto bounded = bound_mail(content);
  read_mail made;
  made.whole = bounded.whole;
  const auto mail = parse(bounded.content);
  if (!mail) return made;
  made.headers = headers_of(mail.get());
  read_mail_parts(mail.get(), made);
  return made;
}

}  // namespace postrider::sources
