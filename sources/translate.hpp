#pragma once

#include "actors/api/delivery_requests.hpp"
#include "sources/settings.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A request of another program becomes messages. Pure: the same request gives the same messages.
namespace postrider::sources {

using text_fields = std::vector<std::pair<std::string, std::string>>;

/// A request to a source, after its key was taken out of it.
struct incoming {
  /// "GET", "POST" or "PUT".
  std::string_view method;
  /// The decoded segments of the path below the source: {"message"}.
  std::vector<std::string> path;
  /// Decoded, in the order given.
  text_fields query;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view content_type;
  std::string_view body;
  actors::time_point now{};
};

/// The reason why a request cannot become a message: a sentence that says what to do, and the
/// status of its answer.
struct refusal {
  unsigned status = 400;
  std::string detail;
};
[[noreturn]] void throw_exception_from_error(const refusal& error,
                                             const boost::source_location& where);

struct translation {
  /// One for each recipient; all alike but for that.
  std::vector<actors::send_request> messages;
  /// The recipients of `messages`, as they were named.
  recipient_list to;
  /// The name of the event; empty: it has none.
  std::string event;
  /// Why there are no messages: "a resolved alert, and send_resolved is false".
  std::string skipped;
  /// A template's fault; the message was made without it.
  std::string fault;
  /// For the answer: the message as its protocol knows it.
  std::string title, text, topic;
  std::int64_t number = 0;
  std::vector<std::string> tags;
};

boost::system::result<translation, refusal> translate(const source_settings& of,
                                                      const incoming& request);

}  // namespace postrider::sources
