#include "sources/settings.hpp"

#include <algorithm>
#include <charconv>

namespace postrider::sources {
namespace {

struct type_row {
  source_type type;
  std::string_view name;
  std::string_view help;
};
constexpr std::array type_rows{
    type_row{source_type::alertmanager, "alertmanager", "Prometheus Alertmanager's webhook."},
    type_row{source_type::grafana, "grafana", "The webhook of Grafana Alerting, old and new."},
    type_row{source_type::apprise, "apprise", "Apprise's json:// and jsons://."},
    type_row{source_type::gotify, "gotify", "Clients of a Gotify server."},
    type_row{source_type::ntfy, "ntfy", "Clients of an ntfy server."},
    type_row{source_type::json, "json", "Any JSON, by templates."},
    type_row{source_type::text, "text", "Plain text or a form, such as curl sends it."},
    type_row{source_type::mail, "mail", "Mail, by SMTP or as the body of a request."},
};

const type_row& row_of(source_type type) {
  return *std::ranges::find(type_rows, type, &type_row::type);
}

constexpr std::string_view user_mark = "user:";

}  // namespace

bool names_user(std::string_view recipient) { return recipient.starts_with(user_mark); }

persistence::user_id named_user(std::string_view recipient) {
  if (!names_user(recipient)) return 0;
  recipient.remove_prefix(user_mark.size());
  persistence::user_id user = 0;
  const auto last = recipient.data() + recipient.size();
  const auto [end, error] = std::from_chars(recipient.data(), last, user);
  return error == std::errc() && end == last && user > 0 ? user : 0;
}

std::string_view to_string(source_type type) { return row_of(type).name; }

std::optional<source_type> parse_source_type(std::string_view text) {
  const auto found = std::ranges::find(type_rows, text, &type_row::name);
  return found == type_rows.end() ? std::nullopt : std::optional(found->type);
}

std::string_view help_of(source_type type) { return row_of(type).help; }

bool names_events(source_type type) {
  return type == source_type::alertmanager || type == source_type::grafana ||
         type == source_type::json || type == source_type::mail;
}

}  // namespace postrider::sources
