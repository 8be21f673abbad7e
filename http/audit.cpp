#include "http/audit.hpp"

#include "http/json/json_reader.hpp"
#include "http/media_type.hpp"
#include "http/routes/browser_session.hpp"
#include "http/routes/messages.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postrider::http {
namespace {

constexpr std::size_t max_told_body_bytes = 16 * 1024;

/// Members of a body that are told: each says what was asked for, and is neither secret nor of a
/// message or a person.
constexpr std::array<std::string_view, 16> told_members{
    "active",   "dry_run", "error_code", "expires_at",      "ids",    "include_final", "message_id",
    "name",     "outcome", "provider",   "rate_per_minute", "scopes", "sources",       "types",
    "user_ids", "users"};

std::string who_of(const request& from, const response& answer) {
  if (answer.signed_in) return "page:" + answer.signed_in->name;
  if (!from.client) return from.local ? "local" : "nobody";
  const bool key = std::ranges::any_of(from.fields, [](const auto& field) {
    return equals_ignoring_case(field.first, "Authorization");
  });
  return (key ? "key:" : "page:") + from.client->name;
}

std::string detail_of(const request& from) {
  if (from.body.empty() || from.body.size() > max_told_body_bytes) return {};
  const auto document = parse_json(from.body, {});
  if (!document || !document->is_object()) return {};
  boost::json::object told;
  for (const auto name : told_members)
    if (const auto* value = document->get_object().if_contains(name)) told[name] = *value;
  if (told.empty()) return {};
  auto text = boost::json::serialize(told);
  return text.size() <= persistence::max_audit_detail_bytes ? text : std::string();
}

}  // namespace

bool is_audited(const endpoint& at) {
  if (at.method == method::get) return false;
  return at.needs.scope == persistence::scope::admin || at.handle == routes::cancel_message ||
         at.handle == routes::sign_in || at.handle == routes::sign_out;
}

std::optional<persistence::audit_entry> audit_of(const endpoint& at, const request& from,
                                                 const response& answer, std::string_view address) {
  if (!is_audited(at)) return std::nullopt;
  const bool good = answer.status < 400;
  // A key that may not change what is set up must not fill the table with failures either.
  if (!good && at.needs.scope != persistence::scope::admin) return std::nullopt;
  persistence::audit_entry entry;
  entry.who = who_of(from, answer);
  if (const auto& key = answer.signed_in ? answer.signed_in : from.client) entry.key = key->id;
  entry.action = fmt::format("{} {}", method_name(at.method), at.pattern);
  // A path or body that was refused may contain anything.
  if (good || answer.status == 409) {
    entry.target = from.parameters[0].empty() ? answer.location : from.parameters[0];
    // A sign-in has the key itself.
    if (at.handle != routes::sign_in) entry.detail = detail_of(from);
  }
  if (!from.local) entry.client = address;
  entry.result = static_cast<std::int32_t>(answer.status);
  return entry;
}

}  // namespace postrider::http
