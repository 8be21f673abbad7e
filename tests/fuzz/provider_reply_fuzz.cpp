#include "tests/fuzz/drivers.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <charconv>

using namespace postrider;

namespace {

int number_in(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The first line is the status, unless a mail server replies; lines "name: value" up to an empty
/// one are the headers, and for a mail server "3 550 5.1.1 text" is the reply to the fourth
/// command; the rest is the body.
actors::transfer_result result_from(std::string_view text) {
  actors::transfer_result result;
  result.stage = actors::transfer_stage::reply_complete;
  result.status = number_in(fuzz::take_line(text));
  while (!text.empty()) {
    const auto line = fuzz::take_line(text);
    if (line.empty()) break;
    if (const auto colon = line.find(": "); colon != line.npos)
      result.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    else if (line.size() > 5 && result.replies.size() < 32)
      result.replies.push_back({static_cast<actors::smtp_command>((line[0] - '0') & 7),
                                number_in(line.substr(2, 3)), std::string(line.substr(5))});
  }
  if (!result.replies.empty()) result.status = result.replies.back().code;
  result.body = text;
  return result;
}

}  // namespace

/// Every reply of a provider is judged, always in the same way, and "accepted" only where its
/// status says so.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result = result_from(fuzz::text_of(data, size));
  persistence::message message;
  message.text = "Dinner at eight?";
  const actors::delivery_content content{"+14155552671", &message, "7f3c/0", {}, {}};
  for (const auto& driver : fuzz::drivers()) {
    const auto judged = driver->classify(content, result);
    const auto again = driver->classify(content, result);
    fuzz::require(judged.kind == again.kind && judged.provider_ref == again.provider_ref,
                  "the same reply is judged in the same way");
    const bool accepted = judged.kind == actors::outcome_kind::accepted;
    fuzz::require(!accepted || result.status / 100 == 2,
                  "accepted is what has a status of success");
    fuzz::require(accepted || !judged.detail.empty(), "anything else says why");
    fuzz::require(!judged.retry_after || judged.retry_after->count() >= 0, "no pause is negative");
  }
  return 0;
}
