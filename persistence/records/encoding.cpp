#include "persistence/records/encoding.hpp"

#include <boost/json.hpp>

#include <charconv>

namespace postrider::persistence {
namespace {

/// The width of the column, and of one entry in it.
constexpr std::size_t max_attempts_bytes = 2048, longest_entry = 20;

}  // namespace

void append_number(std::string& text, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  text.append(digits, end);
}

std::string encode_attempts(const std::vector<attempt>& attempts) {
  std::string text;
  for (const auto& a : attempts) {
    if (text.size() > max_attempts_bytes - longest_entry) break;
    if (!text.empty()) text += ' ';
    append_number(text, a.provider);
    text += ':';
    append_number(text, static_cast<int>(a.last.outcome));
  }
  return text;
}

std::vector<attempt> decode_attempts(std::string_view text) {
  std::vector<attempt> attempts;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    attempt a;
    int outcome = 0;
    at = std::from_chars(at, end, a.provider).ptr;
    if (at < end) at = std::from_chars(at + 1, end, outcome).ptr;
    a.last.outcome = static_cast<error_code>(outcome);
    attempts.push_back(a);
    if (at < end) ++at;
  }
  return attempts;
}

std::string encode_recipients(const std::vector<recipient>& recipients) {
  boost::json::array array;
  for (const auto& r : recipients) {
    boost::json::object object;
    if (!r.phone.empty()) object["phone"] = r.phone;
    if (!r.email.empty()) object["email"] = r.email;
    if (!r.url.empty()) object["url"] = r.url;
    array.push_back(std::move(object));
  }
  return boost::json::serialize(array);
}

std::vector<recipient> decode_recipients(std::string_view text) {
  std::vector<recipient> recipients;
  boost::json::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_array()) return recipients;
  for (const auto& element : parsed.get_array()) {
    const auto* object = element.if_object();
    const auto member = [&](const char* name) -> std::string {
      const auto* value = object ? object->if_contains(name) : nullptr;
      return value && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    recipients.push_back({member("phone"), member("email"), member("url")});
  }
  return recipients;
}

std::string encode_answer(const std::vector<answered_transaction>& answer) {
  boost::json::array array;
  array.reserve(answer.size());
  for (const auto& t : answer)
    array.push_back(boost::json::array{t.id, t.provider, t.recipient});
  return boost::json::serialize(array);
}

std::vector<answered_transaction> decode_answer(std::string_view text) {
  std::vector<answered_transaction> answer;
  boost::json::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_array()) return answer;
  for (const auto& element : parsed.get_array()) {
    const auto* parts = element.if_array();
    if (!parts || parts->size() != 3 || !(*parts)[0].is_int64() || !(*parts)[1].is_int64() ||
        !(*parts)[2].is_string())
      continue;
    answer.push_back({(*parts)[0].get_int64(), static_cast<provider_id>((*parts)[1].get_int64()),
                      std::string((*parts)[2].get_string())});
  }
  return answer;
}

std::string encode_limits(const key_limits& limits) {
  boost::json::array all(limits.users.begin(), limits.users.end());
  for (const auto& source : limits.sources)
    all.emplace_back(source);
  return all.empty() ? std::string() : boost::json::serialize(all);
}

std::optional<key_limits> decode_limits(std::string_view text) {
  key_limits limits;
  if (text.empty()) return limits;
  boost::json::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_array()) return std::nullopt;
  for (const auto& element : parsed.get_array()) {
    if (element.is_int64()) limits.users.push_back(element.get_int64());
    else if (element.is_string()) limits.sources.emplace_back(element.get_string());
    else return std::nullopt;
  }
  return limits;
}

}  // namespace postrider::persistence
