#include "sources/mail_parts.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "sources/flowed_text.hpp"
#include "sources/html_text.hpp"
#include "sources/mail_charset.hpp"
#include "sources/texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace postrider::sources {
namespace {

/// The text of a part, and whether it was made from HTML.
struct part_text {
  std::string text;
  bool from_html = false;
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
  if (!content) return {};
  const owned_object<GMimeStream> out(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, out.get());
  const auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

std::size_t content_size(GMimePart* part) {
  auto* content = g_mime_part_get_content(part);
  if (!content) return 0;
  const owned_object<GMimeStream> out(g_mime_stream_null_new());
  g_mime_data_wrapper_write_to_stream(content, out.get());
  return GMIME_STREAM_NULL(out.get())->written;
}

bool is_signature(std::string_view type) {
  constexpr std::array<std::string_view, 3> types{
      "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"};
  return std::ranges::find(types, type) != types.end();
}

/// Appends a text behind an empty line, within the bound.
void append(std::string& to, std::string_view text) {
  if (trimmed(text).empty() || to.size() >= max_mail_text) return;
  if (!to.empty()) to += "\n\n";
  to += whole_characters(trimmed(text), max_mail_text - std::min(to.size(), max_mail_text));
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
      add_attachment(view_of(g_mime_part_get_filename(leaf)), type, content_size(leaf));
      return {};
    }
    auto text = utf8_from(content_of(leaf), parameter(part, "charset"));
    text.resize(whole_characters(text, max_content).size());
    std::erase(text, '\r');
    if (is_html) return {html_to_text(text), true};
    if (parameter(part, "format") == "flowed")
      text = unflowed(text, parameter(part, "delsp") == "yes");
    return {clean_text(text), false};
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
    if (g_mime_multipart_get_count(multipart) == 0 && found.text.empty())
      found.text = clean_text(
          utf8_from(view_of(g_mime_multipart_get_prologue(multipart)).substr(0, max_content), ""));
    return found;
  }

  part_text all_of(GMimeMultipart* multipart) {
    part_text all;
    for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i) {
      const auto one = text_of(g_mime_multipart_get_part(multipart, i));
      if (all.text.empty()) all.from_html = one.from_html;
      append(all.text, one.text);
    }
    return all;
  }

  /// The same text several times: plain is preferred.
  part_text best_of(GMimeMultipart* multipart) {
    part_text best;
    for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i) {
      auto one = text_of(g_mime_multipart_get_part(multipart, i));
      if (one.text.empty()) continue;
      if (best.text.empty() || (best.from_html && !one.from_html)) best = std::move(one);
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
    const auto inner = text_of(body);
    --depth_;
    part_text made;
    append(made.text, fmt::format("----- {} ({}) -----", subject.empty() ? "(no subject)" : subject,
                                  header_of(GMIME_OBJECT(message), "From")));
    append(made.text, inner.text);
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

  /// HTML has much around its text.
  static constexpr std::size_t max_content = 1024 * 1024;

  read_mail& into_;
  std::size_t depth_ = 0;
  bool in_report_ = false;
};

}  // namespace

void read_mail_parts(GMimeObject* mail, read_mail& into) {
  into.text = part_walk(into).text_of(mail).text;
}

}  // namespace postrider::sources
