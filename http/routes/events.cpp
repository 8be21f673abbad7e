#include "http/routes/events.hpp"

#include "actors/api/event_json.hpp"
#include "base/ascii.hpp"
#include "http/media_type.hpp"
#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace postrider::http::routes {
namespace {

using actors::event_filter;
using actors::event_listing;
using actors::event_request;
using persistence::event_cursor;

struct event_argument {
  enum : std::size_t { after, types, user_id, limit, wait };
};

constexpr std::int32_t most_events = 1'000;
constexpr std::chrono::seconds longest_wait{30};
/// A stream without news says so as often, so that proxies keep the connection.
constexpr std::chrono::seconds between_comments{15};
/// The time after which a client of a stream that ended comes again.
constexpr std::chrono::milliseconds come_again{2'000};
constexpr std::string_view stream_fields = "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n";

problem wrong(std::string_view name, std::string_view expected, std::string_view found) {
  return {problem_code::bad_query_parameter,
          fmt::format("the query parameter \"{}\" must be {}, not \"{}\"", name, expected, found)};
}

template <class Int>
std::optional<Int> number_between(std::string_view text, Int least, Int most) {
  Int number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= least && number <= most ? std::optional(number) : std::nullopt;
}

/// "20s", "500ms" or "20".
std::optional<std::chrono::milliseconds> read_wait(std::string_view text) {
  const std::int64_t most = std::chrono::milliseconds(longest_wait).count();
  if (text.ends_with("ms")) {
    text.remove_suffix(2);
    const auto number = number_between<std::int64_t>(text, 0, most);
    return number ? std::optional(std::chrono::milliseconds(*number)) : std::nullopt;
  }
  if (text.ends_with("s")) text.remove_suffix(1);
  const auto number = number_between<std::int64_t>(text, 0, longest_wait.count());
  return number ? std::optional<std::chrono::milliseconds>(std::chrono::seconds(*number))
                : std::nullopt;
}

/// "message.sent,message.failed"; "message.*" is all of that kind.
std::optional<problem> read_types(std::string_view text, std::uint32_t& into) {
  while (!text.empty()) {
    const auto name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    const auto found = persistence::types_named(name);
    if (found == 0)
      return wrong("types",
                   "names of events, such as \"message.sent,message.failed\" or \"message.*\"",
                   name);
    into |= found;
  }
  return std::nullopt;
}

std::optional<problem> read_after(std::string_view name, std::string_view text,
                                  std::optional<event_cursor>& into) {
  if (text.empty()) return std::nullopt;
  into = persistence::decode_cursor(text);
  if (into || text == "now") return std::nullopt;
  return problem{problem_code::bad_query_parameter,
                 fmt::format("{} must be \"now\" or a cursor that this server gave, not \"{}\"",
                             name, text.substr(0, 200))};
}

std::optional<problem> read_filter(const exchange& x, event_filter& filter) {
  const caller who(x);
  filter.test_only = who.tests();
  filter.users = who.users();
  std::ranges::sort(filter.users);
  const auto& user = x.request.arguments[event_argument::user_id];
  if (!user.empty()) {
    const auto id = number_between<persistence::user_id>(user, 1, INT64_MAX);
    if (!id) return wrong("user_id", "a number", user);
    if (auto refused = who.refusal_for(*id)) return refused;
    filter.users = {*id};
  }
  return read_types(x.request.arguments[event_argument::types], filter.types);
}

std::optional<problem> read_request(const exchange& x, event_request& request) {
  const auto& arguments = x.request.arguments;
  if (auto bad = read_filter(x, request.filter)) return bad;
  if (auto bad = read_after("the query parameter \"after\"", arguments[event_argument::after],
                            request.after))
    return bad;
  if (!arguments[event_argument::limit].empty()) {
    const auto number =
        number_between<std::int32_t>(arguments[event_argument::limit], 1, most_events);
    if (!number) return wrong("limit", "a number from 1 to 1000", arguments[event_argument::limit]);
    request.limit = *number;
  }
  if (!arguments[event_argument::wait].empty()) {
    const auto time = read_wait(arguments[event_argument::wait]);
    if (!time)
      return wrong("wait", "a time of at most 30 seconds, such as 20s",
                   arguments[event_argument::wait]);
    request.wait = *time;
  }
  return std::nullopt;
}

/// Asks as often as the session wants; the place is behind what was answered.
class event_stream final : public push_stream {
 public:
  explicit event_stream(event_request request) : request_(std::move(request)) {
    request_.limit = most_events;
  }

  std::string_view content_type() const override { return "text/event-stream"; }

  std::shared_ptr<pending_call> next() override {
    auto asks = [request = request_](actors::gateway& gateway, auto done) mutable {
      gateway.events(std::move(request), std::move(done));
    };
    auto answers = [this](const event_listing& page, response& into) -> std::optional<problem> {
      write(page, into.body);
      return std::nullopt;
    };
    return std::make_shared<gateway_call<event_listing, decltype(asks), decltype(answers)>>(
        std::move(asks), std::move(answers));
  }

  void end(const problem& why, response& into) override {
    into.body = fmt::format(": the stream ends: {}\n\n", why.detail);
  }

 private:
  void write(const event_listing& page, std::string& out) {
    if (request_.wait.count() == 0)
      fmt::format_to(std::back_inserter(out), "retry: {}\n\n", come_again.count());
    for (const auto& e : page.events) {
      cursors_.append(out += "id: ", *e.found);
      out.append("\nevent: ").append(persistence::to_string(e.found->event.type));
      actors::append_event_json(out.append("\ndata: "), e);
      out += "\n\n";
    }
    // A block without data is no event, and the client keeps its id.
    if (page.events.empty() || !page.more)
      out.append("id: ").append(encode_cursor(page.next)).append("\n: ").append("\n\n");
    request_.after = page.next;
    request_.wait = between_comments;
  }

  event_request request_;
  persistence::cursor_writer cursors_;
};

}  // namespace

void get_events(exchange& x) {
  event_request request;
  if (const auto bad = read_request(x, request)) return x.fail(*bad);
  x.ask<event_listing>(
      [request = std::move(request)](actors::gateway& gateway, auto done) mutable {
        gateway.events(std::move(request), std::move(done));
      },
      [](const event_listing& page, response& answer) -> std::optional<problem> {
        answer.body += "{\"data\":[";
        for (const auto& e : page.events) {
          if (&e != page.events.data()) answer.body += ',';
          actors::append_event_json(answer.body, e);
        }
        answer.body.append("],\"next_cursor\":\"").append(encode_cursor(page.next));
        answer.body.append("\",\"has_more\":").append(page.more ? "true}" : "false}");
        return std::nullopt;
      });
}

std::unique_ptr<push_stream> open_event_stream(exchange& x) {
  event_request request;
  auto bad = read_request(x, request);
  // A client that comes again has its place in this field; it is later than that of the URL.
  for (const auto& [name, value] : x.request.fields)
    if (!bad && equals_ignoring_case(name, "last-event-id"))
      bad = read_after("the field Last-Event-ID", value, request.after);
  if (bad) {
    x.fail(*bad);
    return nullptr;
  }
  x.response.fixed_fields = stream_fields;
  return std::make_unique<event_stream>(std::move(request));
}

}  // namespace postrider::http::routes
