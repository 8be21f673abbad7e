#include "base/utf8.hpp"
#include "sources/flowed_text.hpp"
#include "sources/html_text.hpp"
#include "sources/mail.hpp"
#include "sources/mail_bounds.hpp"
#include "sources/mail_charset.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>

using namespace postrider;

namespace {

sources::source_settings source() {
  sources::source_settings of;
  of.name = "fuzz";
  of.type = sources::source_type::mail;
  of.to = {"user:7"};
  of.max_characters = 2'000;
  return of;
}

void check_message(const actors::send_request& message) {
  fuzz::require(!message.text.empty() && is_utf8(message.text), "a message is text");
  fuzz::require(is_utf8(message.subject), "a title is text");
  fuzz::require(message.subject.find_first_of("\r\n") == std::string::npos, "a title is one line");
  for (const char c : message.text)
    fuzz::require(static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t',
                  "a text has no control characters");
}

}  // namespace

/// A mail, and its parts' readers with the same bytes; the first line is a charset for one of them.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto of = source();
  const auto content = fuzz::text_of(data, size);
  const auto made = sources::translate_mail(of, {"a@example.net", "b@example.org", content, {}});
  if (made) {
    fuzz::require(made->messages.size() == 1, "a mail is a message");
    check_message(made->messages.front());
  } else {
    fuzz::require(made.error().status == sources::loop_status, "only loops are refused");
    fuzz::require(!made.error().detail.empty(), "a refusal says why");
  }
  fuzz::require(sources::bound_mail(content).content.size() <= content.size() + 1,
                "bounds make a mail hardly longer");
  fuzz::require(is_utf8(sources::html_to_text(content)) || !is_utf8(content), "a text is UTF-8");
  fuzz::require(sources::unflowed(content, true).size() <= 2 * content.size(),
                "a line gains at most a space");
  auto rest = content;
  const auto charset = fuzz::take_line(rest).substr(0, 40);
  fuzz::require(is_utf8(sources::utf8_from(rest, charset)), "a text is UTF-8");
  return 0;
}
