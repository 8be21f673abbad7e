#include "persistence/records/encoding.hpp"

#include <boost/json.hpp>

#include <charconv>

namespace postrider::persistence {
namespace {

/// The width of the column, and of one entry in it.
constexpr std::size_t max_attempts_bytes = 2048, longest_entry = 20;

void append_number(std::string& text, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  text.append(digits, end);
}

/// The length of the well-formed sequence at the start of `text`, 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : (lead & 0xF0) == 0xE0        ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  // Overlong forms, surrogates, and what lies beyond U+10FFFF show in the second byte.
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

}  // namespace

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

std::string encode_users(const std::vector<user_id>& users) {
  return users.empty() ? std::string()
                       : boost::json::serialize(boost::json::array(users.begin(), users.end()));
}

std::optional<std::vector<user_id>> decode_users(std::string_view text) {
  std::vector<user_id> users;
  if (text.empty()) return users;
  boost::json::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_array()) return std::nullopt;
  for (const auto& element : parsed.get_array()) {
    if (!element.is_int64()) return std::nullopt;
    users.push_back(element.get_int64());
  }
  return users;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string tidy_text(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string tidy;
  while (!text.empty()) {
    const auto length = sequence_length(text);
    const auto piece = length == 0 ? replacement : text.substr(0, length);
    if (tidy.size() + piece.size() > max_bytes) break;
    tidy += piece;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return tidy;
}

}  // namespace postrider::persistence
