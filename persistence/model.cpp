#include "persistence/model.hpp"

#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <stdexcept>

namespace postrider::persistence {
namespace {

template <class Enum>
struct name_of {
  Enum value;
  std::string_view text;
};

constexpr name_of<transaction_status> statuses[]{{transaction_status::pending, "pending"},
                                                 {transaction_status::processing, "processing"},
                                                 {transaction_status::success, "success"},
                                                 {transaction_status::failed, "failed"}};
constexpr name_of<error_code> error_codes[]{{error_code::none, ""},
                                            {error_code::recipient_rejected, "recipient_rejected"},
                                            {error_code::message_rejected, "message_rejected"},
                                            {error_code::throttled, "throttled"},
                                            {error_code::unavailable, "unavailable"},
                                            {error_code::misconfigured, "misconfigured"},
                                            {error_code::outcome_unknown, "outcome_unknown"},
                                            {error_code::expired, "expired"},
                                            {error_code::cancelled, "cancelled"},
                                            {error_code::no_route, "no_route"},
                                            {error_code::undelivered, "undelivered"}};
constexpr name_of<priority> priorities[]{
    {priority::high, "high"}, {priority::normal, "normal"}, {priority::low, "low"}};
constexpr name_of<on_unknown> unknown_policies[]{
    {on_unknown::by_provider, ""}, {on_unknown::retry, "retry"}, {on_unknown::hold, "hold"}};

template <class Enum, std::size_t N>
std::string_view text_of(const name_of<Enum> (&names)[N], Enum value) {
  for (const auto& name : names)
    if (name.value == value) return name.text;
  return "?";
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const name_of<Enum> (&names)[N], std::string_view text) {
  for (const auto& name : names)
    if (name.text == text && !text.empty()) return name.value;
  return std::nullopt;
}

}  // namespace

std::string to_string(const message_id& id) {
  boost::uuids::uuid uuid;
  std::ranges::copy(id.bytes, uuid.begin());
  return boost::uuids::to_string(uuid);
}

std::optional<message_id> parse_message_id(std::string_view text) {
  // Boost.UUID also reads a UUID in braces and one without dashes.
  constexpr std::size_t dashed_form = 36;
  if (text.size() != dashed_form) return std::nullopt;
  try {
    const auto uuid = boost::uuids::string_generator()(text.begin(), text.end());
    message_id id;
    std::ranges::copy(uuid, id.bytes.begin());
    return id;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

std::string_view to_string(transaction_status status) { return text_of(statuses, status); }
std::string_view to_string(error_code code) { return text_of(error_codes, code); }
std::string_view to_string(priority value) { return text_of(priorities, value); }
std::string_view to_string(receipt value) {
  switch (value) {
    case receipt::none:
    case receipt::accepted: return "";
    case receipt::undelivered: return "undelivered";
    case receipt::delivered: return "delivered";
    case receipt::read: return "read";
  }
  return "?";
}

std::string_view to_string(on_unknown value) { return text_of(unknown_policies, value); }

std::optional<transaction_status> parse_transaction_status(std::string_view text) {
  return value_of(statuses, text);
}
std::optional<error_code> parse_error_code(std::string_view text) {
  return value_of(error_codes, text);
}
std::optional<on_unknown> parse_on_unknown(std::string_view text) {
  return value_of(unknown_policies, text);
}

}  // namespace postrider::persistence
