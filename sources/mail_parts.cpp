#include "sources/mail_parts.hpp"

#include "base/ascii.hpp"
#include "sources/flowed_text.hpp"
#include "sources/html_text.hpp"
#include "sources/mail_charset.hpp"
#include "sources/mail_encodings.hpp"
#include "sources/texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <list>

namespace postrider::sources {
namespace {

/// The texts of a part, and whether the first was made from HTML. A list, because each level of
/// nesting joins those of its parts.
struct part_text {
  std::list<std::string> texts;
  bool from_html = false;

  void add(std::string text) {
    if (!text.empty()) texts.push_back(std::move(text));
  }
  void add(part_text other) {
    if (texts.empty()) from_html = other.from_html;
    texts.splice(texts.end(), other.texts);
  }
};

std::string_view view_of(const char* text) { return text ? text : ""; }

std::string media_type(GMimeObject* part) {
  const owned_text type(g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part)));
  return ascii::lower_case(view_of(type.get()));
}

/// A parameter of the content type, in lower case.
std::string parameter(GMimeObject* part, const char* name) {
  return ascii::lower_case(view_of(g_mime_object_get_content_type_parameter(part, name)));
}

/// The content without its transfer encoding.
std::string content_of(GMimePart* part) {
  auto* content = g_mime_part_get_content(part);
  auto* encoded = content ? g_mime_data_wrapper_get_stream(content) : nullptr;
  if (!encoded) return {};
  const bool is_base64 = g_mime_data_wrapper_get_encoding(content) == GMIME_CONTENT_ENCODING_BASE64;
  const owned_object<GMimeStream> out(g_mime_stream_mem_new());
  g_mime_stream_reset(encoded);
  if (is_base64) g_mime_stream_write_to_stream(encoded, out.get());
  else g_mime_data_wrapper_write_to_stream(content, out.get());
  const auto* array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
  const std::string_view bytes(reinterpret_cast<const char*>(array->data), array->len);
  return is_base64 ? decoded_base64(bytes) : std::string(bytes);
}

/// With line feeds alone.
std::string with_line_feeds(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r') out += text[i];
    else if (!text.substr(i + 1).starts_with('\n')) out += '\n';
  return out;
}

bool is_signature(std::string_view type) {
  constexpr std::array<std::string_view, 3> types{
      "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"};
  return std::ranges::find(types, type) != types.end();
}

/// Walks the tree; GMime bounds its depth (1,024).
class part_walk {
 public:
  explicit part_walk(read_mail& into) : into_(into) {}

  part_text text_of(GMimeObject* part) {
    if (GMIME_IS_MULTIPART(part)) return text_of_multipart(GMIME_MULTIPART(part));
    if (GMIME_IS_MESSAGE_PART(part)) return text_of_message(GMIME_MESSAGE_PART(part));
    if (GMIME_IS_PART(part)) return text_of_leaf(GMIME_PART(part));
    return {};
  }

 private:
  part_text text_of_leaf(GMimePart* leaf) {
    auto* part = GMIME_OBJECT(leaf);
    const auto type = media_type(part);
    if (is_signature(type)) return {};
    // The fields of a delivery status (RFC 3464) are made for people too.
    const bool is_status = type == "message/delivery-status";
    const bool is_html = type == "text/html";
    const bool is_text = type == "text/plain" || is_html || is_status;
    if (!is_text || is_attachment(leaf)) {
      add_attachment(view_of(g_mime_part_get_filename(leaf)), type, content_of(leaf).size());
      return {};
    }
    auto text = with_line_feeds(utf8_from(content_of(leaf), parameter(part, "charset")));
    if (parameter(part, "format") == "flowed" && !is_html)
      text = unflowed(text, parameter(part, "delsp") == "yes");
    part_text found{.from_html = is_html};
    found.add(is_html ? html_to_text(text) : clean_text(text));
    return found;
  }

  /// Some programs name the only text of a mail like a file.
  bool is_attachment(GMimePart* leaf) const {
    const auto how = ascii::lower_case(view_of(g_mime_object_get_disposition(GMIME_OBJECT(leaf))));
    return how == "attachment" || (depth_ > 0 && !view_of(g_mime_part_get_filename(leaf)).empty());
  }

  part_text text_of_multipart(GMimeMultipart* multipart) {
    const auto type = media_type(GMIME_OBJECT(multipart));
    const bool was_report = std::exchange(in_report_, type == "multipart/report");
    ++depth_;
    auto found = type == "multipart/alternative" ? best_of(multipart) : all_of(multipart);
    --depth_;
    in_report_ = was_report;
    // Without a boundary all of it is in front of the first part.
    if (g_mime_multipart_get_count(multipart) == 0)
      found.add(clean_text(utf8_from(view_of(g_mime_multipart_get_prologue(multipart)), "")));
    return found;
  }

  part_text all_of(GMimeMultipart* multipart) {
    part_text all;
    for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i)
      all.add(text_of(g_mime_multipart_get_part(multipart, i)));
    return all;
  }

  /// The same text several times: plain is preferred.
  part_text best_of(GMimeMultipart* multipart) {
    part_text best;
    for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i) {
      auto one = text_of(g_mime_multipart_get_part(multipart, i));
      if (one.texts.empty()) continue;
      if (best.texts.empty() || (best.from_html && !one.from_html)) best = std::move(one);
    }
    return best;
  }

  /// A mail within the mail: forwarded, or in a report the one that was not delivered.
  part_text text_of_message(GMimeMessagePart* part) {
    auto* message = g_mime_message_part_get_message(part);
    auto* body = message ? g_mime_message_get_mime_part(message) : nullptr;
    if (!body) return {};
    auto subject = header_of(GMIME_OBJECT(message), "Subject");
    if (in_report_) {
      add_attachment(subject, "message/rfc822", std::nullopt);
      return {};
    }
    ++depth_;
    auto inner = text_of(body);
    --depth_;
    part_text made;
    made.add(fmt::format("----- {} ({}) -----", subject.empty() ? "(no subject)" : subject,
                         header_of(GMIME_OBJECT(message), "From")));
    made.add(std::move(inner));
    return made;
  }

  static std::string header_of(GMimeObject* object, const char* name) {
    auto* list = g_mime_object_get_header_list(object);
    auto* header = list ? g_mime_header_list_get_header(list, name) : nullptr;
    return header ? clean_line(decoded_header(view_of(g_mime_header_get_raw_value(header))), 200)
                  : std::string();
  }

  void add_attachment(std::string_view name, std::string_view type,
                      std::optional<std::size_t> bytes) {
    if (into_.attachments.size() < max_mail_attachments)
      into_.attachments.push_back({std::string(name), std::string(type), bytes});
  }

  read_mail& into_;
  std::size_t depth_ = 0;
  bool in_report_ = false;
};

}  // namespace

void read_mail_parts(GMimeObject* mail, read_mail& into) {
  for (const auto& text : part_walk(into).text_of(mail).texts)
    into.text += (into.text.empty() ? "" : "\n\n") + text;
}

}  // namespace postrider::sources
