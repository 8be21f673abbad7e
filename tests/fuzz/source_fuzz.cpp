#include "base/utf8.hpp"
#include "sources/masking.hpp"
#include "sources/texts.hpp"
#include "sources/translate.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace postrider;

namespace {

sources::source_settings source_of(sources::source_type type, bool templates) {
  sources::source_settings of;
  of.name = "fuzz";
  of.type = type;
  of.to = {"user:7", "+15551234567"};
  of.user = 7;
  of.allow_to = of.allow_get = true;
  of.max_characters = 300;
  if (!templates) return of;
  of.title = "{{status}} {{title}}";
  of.message =
      "{{#alerts}}{{labels.instance}}{{#labels}}{{.}}{{/labels}}{{/alerts}}{{source.text}}";
  of.dedupe_key = "{{id}}{{alerts.0.fingerprint}}";
  of.values = {{"id", "/event/id"}};
  return of;
}

void check(const sources::source_settings& of, const sources::incoming& request) {
  const auto made = sources::translate(of, request);
  if (!made) {
    fuzz::require(made.error().status >= 400 && made.error().status < 500,
                  "a refusal has a status");
    fuzz::require(!made.error().detail.empty(), "a refusal says why");
    return;
  }
  fuzz::require(made->messages.size() == made->to.size(), "a message for each recipient");
  fuzz::require(made->messages.empty() == !made->skipped.empty(), "messages, or a reason");
  for (const auto& one : made->messages) {
    fuzz::require(one.user > 0, "a message has a user");
    fuzz::require(!one.text.empty() && is_utf8(one.text) && is_utf8(one.subject),
                  "a message is text");
    fuzz::require(one.subject.find_first_of("\r\n") == std::string::npos, "a title is one line");
  }
}

}  // namespace

/// A request to a source of each type: the first byte chooses, the rest is the body, of which a
/// line that begins with "?" is the query and one with ":" a header.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto types = sources::all_source_types.size();
  const auto choice = data[0];
  const auto text = fuzz::text_of(data + 1, size - 1);
  sources::incoming request{.method = (choice & 0x40) != 0 ? "GET" : "POST",
                            .now = actors::time_point(std::chrono::seconds(1'796'000'000))};
  request.body = text;
  request.content_type = (choice & 0x20) != 0 ? "application/x-www-form-urlencoded" : "text/plain";
  const auto boundary = "multipart/form-data; boundary=" +
                        std::string(text.substr(std::min<std::size_t>(2, text.size()), 8));
  if ((choice & 0x20) != 0 && text.starts_with("--")) request.content_type = boundary;
  if ((choice & 0x10) != 0) request.path = {"message"};
  if (const auto line = text.substr(0, text.find('\n')); line.starts_with('?'))
    request.query.emplace_back("to", line.substr(1));
  else if (line.starts_with(':'))
    request.headers = {{"Title", line.substr(1)}, {"Delay", line.substr(1)}};
  check(source_of(sources::all_source_types[choice % 16 % types], (choice & 0x80) != 0), request);
  const auto shown = sources::without_keys(text);
  fuzz::require(shown.size() <= text.size() + 6, "masking makes nothing longer");
  return 0;
}
