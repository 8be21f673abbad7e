#include "actors/providers/transfer/server_sent_events.hpp"
#include "tests/fuzz/drivers.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postrider;

namespace {

/// The first line is the query, lines up to an empty one are headers, the rest is the body.
void read_call(std::string_view text) {
  actors::receipt_call call;
  call.method = "POST";
  call.url = "https://postrider.example.org/receipts/sms/token";
  auto query = fuzz::take_line(text);
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    call.query.emplace_back(pair.substr(0, equals),
                            equals == pair.npos ? std::string_view() : pair.substr(equals + 1));
  }
  while (!text.empty()) {
    const auto line = fuzz::take_line(text);
    if (line.empty()) break;
    const auto colon = line.find(": ");
    if (colon != line.npos)
      call.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  call.body = text;
  for (const auto& driver : fuzz::drivers()) {
    const auto reading = driver->read_receipt(call);
    if (reading.has_error())
      fuzz::require(reading.error().status >= 400 && !reading.error().detail.empty(),
                    "a refusal says why");
  }
}

/// However a stream is cut into pieces, it has the same events.
void read_stream(std::string_view text) {
  actors::server_sent_events whole(4'096), pieces(4'096);
  const auto wanted = whole.feed(text);
  std::vector<actors::server_sent_event> found;
  for (std::size_t at = 0; at < text.size(); at += 3)
    for (auto& event : pieces.feed(text.substr(at, 3)))
      found.push_back(std::move(event));
  fuzz::require(found == wanted, "the pieces of a stream have its events");
  for (const auto& event : wanted)
    for (const auto& driver : fuzz::drivers())
      driver->read_event(event.data);
}

}  // namespace

/// Posts to /receipts, and events of a provider's stream.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  read_call(text);
  read_stream(text);
  for (const auto& driver : fuzz::drivers())
    driver->read_event(text);
  return 0;
}
