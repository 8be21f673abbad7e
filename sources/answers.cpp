#include "sources/answers.hpp"

#include "base/time_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace postrider::sources {
namespace {

namespace json = boost::json;

/// Gotify's object of a message; its ids are numbers.
json::object gotify_answer(const translation& what, const std::vector<stored_message>& stored,
                           actors::time_point now) {
  return {{"id", stored.empty() ? 0 : stored.front().transaction},
          {"appid", 1},
          {"message", what.text},
          {"title", what.title},
          {"priority", what.number},
          {"date", to_rfc3339(now)}};
}

json::object ntfy_answer(const translation& what, const std::vector<stored_message>& stored,
                         actors::time_point now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  constexpr std::int64_t kept = 12 * 3'600;
  json::object made{{"id", stored.empty() ? "" : stored.front().message_id},
                    {"time", seconds},
                    {"expires", seconds + kept},
                    {"event", "message"},
                    {"topic", what.topic}};
  if (!what.title.empty()) made["title"] = what.title;
  made["message"] = what.text;
  if (what.number != 3) made["priority"] = what.number;
  if (!what.tags.empty()) made["tags"] = json::array(what.tags.begin(), what.tags.end());
  return made;
}

json::object own_answer(const translation& what, const std::vector<stored_message>& stored) {
  json::array messages;
  for (const auto& one : stored)
    messages.push_back(
        json::object{{"to", one.to}, {"message_id", one.message_id}, {"repeated", one.repeated}});
  json::object made{{"messages", std::move(messages)}};
  if (!what.skipped.empty()) made["skipped"] = what.skipped;
  if (!what.fault.empty()) made["warning"] = what.fault;
  return made;
}

std::string_view phrase_of(unsigned status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Request Entity Too Large";
    case 503: return "Service Unavailable";
    default: return "Error";
  }
}

}  // namespace

source_answer answer_of(const source_settings& of, const translation& what,
                        const std::vector<stored_message>& stored, actors::time_point now) {
  switch (of.type) {
    case source_type::gotify: return {200, json::serialize(gotify_answer(what, stored, now))};
    case source_type::ntfy: return {200, json::serialize(ntfy_answer(what, stored, now)) + "\n"};
    // As for a message that is posted directly: 202 means stored.
    case source_type::json:
    case source_type::mail:
    case source_type::text: return {202, json::serialize(own_answer(what, stored))};
    default: return {200, json::serialize(own_answer(what, stored))};
  }
}

std::string refusal_body(source_type type, unsigned status, std::string_view detail) {
  if (type == source_type::gotify)
    return json::serialize(json::object{
        {"error", phrase_of(status)}, {"errorCode", status}, {"errorDescription", detail}});
  // ntfy numbers its errors within a status; the first is the general one.
  if (type == source_type::ntfy)
    return json::serialize(
               json::object{{"code", status * 100 + 1}, {"http", status}, {"error", detail}}) +
           "\n";
  return {};
}

unsigned status_for_sender(unsigned status) {
  return status == 408 || status == 409 || status == 429 ? 503 : status;
}

}  // namespace postrider::sources
