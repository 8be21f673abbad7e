#include "actors/api/event_json.hpp"

#include "base/time_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace postrider::actors {
namespace {

constexpr bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/// Appends members one behind the other.
class members {
 public:
  explicit members(std::string& out) : out_(out) { out_ += '{'; }

  /// `json` is written as it is.
  void raw(std::string_view name, std::string_view json) {
    if (out_.back() != '{') out_ += ',';
    out_.append("\"").append(name).append("\":").append(json);
  }
  void text(std::string_view name, std::string_view value) {
    raw(name, {});
    // Most texts have nothing to escape.
    if (std::ranges::none_of(value, needs_escape)) out_.append("\"").append(value).append("\"");
    else out_ += boost::json::serialize(boost::json::string_view(value.data(), value.size()));
  }
  void text_or_null(std::string_view name, std::string_view value) {
    value.empty() ? raw(name, "null") : text(name, value);
  }
  void number(std::string_view name, std::int64_t value) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
    raw(name, {digits, static_cast<std::size_t>(end - digits)});
  }
  void flag(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
};

void write_message(members& data, const event_info& e) {
  const auto& event = e.found->event;
  const auto& subject = e.found->subject;
  data.text("message_id", to_string(event.message));
  data.number("transaction_id", event.transaction);
  data.number("user_id", event.user);
  data.number("recipient_no", event.recipient_no);
  data.text("recipient", event.recipient);
  data.text_or_null("provider", e.provider);
  data.number("attempts", event.attempts);
  data.text_or_null("error_code", event.error == persistence::error_code::none
                                      ? std::string_view()
                                      : persistence::to_string(event.error));
  data.text_or_null("detail", event.detail);
  data.flag("possible_duplicate", event.possible_duplicate);
  data.flag("settled_by_hand", event.settled_by_hand);
  data.flag("test", subject && subject->test);
  data.text_or_null("reference", subject ? std::string_view(subject->reference) : "");
  data.raw("metadata", subject && !subject->metadata.empty() ? subject->metadata : "null");
}

void write_provider(members& data, const event_info& e) {
  data.text("provider", e.provider);
  data.text_or_null("detail", e.found->event.detail);
  data.number("node", e.found->node);
}

void write_endpoint(members& data, const event_info& e) {
  const auto& event = e.found->event;
  data.number("endpoint_id", event.transaction);
  data.text("url", event.recipient);
  data.text_or_null("detail", event.detail);
  data.number("node", e.found->node);
}

}  // namespace

void append_event_json(std::string& out, const event_info& e) {
  members json(out);
  json.text("id", to_string(e.found->place));
  json.text("type", persistence::to_string(e.found->event.type));
  json.text("timestamp", to_rfc3339(e.found->at));
  json.raw("data", "");
  members data(out);
  const auto type = e.found->event.type;
  if (is_of_message(type)) write_message(data, e);
  else if (type == persistence::event_type::endpoint_disabled) write_endpoint(data, e);
  else write_provider(data, e);
  data.end();
  json.end();
}

}  // namespace postrider::actors
