#pragma once

#include "tools/provider-sim/behaviour.hpp"
#include "tools/provider-sim/errand.hpp"
#include "tools/provider-sim/event_hub.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::provider_sim {

// One HTTP request as the protocols see it; the views live as long as the session's buffers.
struct request_view {
  std::string_view method;
  std::string_view path;   // without the /p/<name> prefix and without the query
  std::string_view query;  // without the question mark
  std::string_view content_type;
  std::string_view body;
  clock_time arrived{};
  std::string_view authorization = {};
  std::string_view webhook_id = {}, webhook_timestamp = {}, webhook_signature = {};
};

// How the exchange goes on, ordered by what overrules what when a batch asks for several.
enum class wire_action {
  answer,
  cut,    // half of the answer, then close
  stall,  // the head of the answer and half of its body, then silence
  close,  // no answer, orderly close
  reset,  // no answer, the connection is reset
  hold,   // no answer, the connection stays open until the client closes it
  stream  // the connection carries the events of `stream_from` from now on
};

// The answer under construction; sessions reuse it, so its strings keep their memory.
struct reply {
  unsigned status = 200;
  std::string_view content_type;  // none when empty
  std::string body;
  wire_action action = wire_action::answer;
  std::chrono::microseconds delay{0};
  std::string more_headers;     // whole lines, each with its CRLF
  std::vector<errand> errands;  // calls to make in addition to the answer
  bool errands_first = false;   // the answer waits for them
  event_hub* stream_from = nullptr;
  std::string stream_account;

  void clear() {
    status = 200;
    content_type = {};
    body.clear();
    action = wire_action::answer;
    delay = {};
    more_headers.clear();
    errands.clear();
    errands_first = false;
    stream_from = nullptr;
    stream_account.clear();
  }
};

}  // namespace postrider::provider_sim
