#include "http/routes/audit.hpp"

#include "base/time_text.hpp"
#include "http/json/json_writer.hpp"
#include "http/routes/argument_reader.hpp"

#include <limits>

namespace postrider::http::routes {
namespace {

constexpr std::int32_t max_entries = 200;

enum audit_place : std::size_t { audit_who, audit_action, audit_since, audit_limit, audit_cursor };

std::optional<problem> read_audit_query(const exchange& x, persistence::audit_query& query) {
  argument_reader from(x, audit_parameters);
  const auto text = [](const std::string& value) { return std::optional(value); };
  from.take(audit_who, query.who, R"("key:NAME", "page:NAME", "local" or "nobody")", text);
  from.take(audit_action, query.action, "a method and a route", text);
  from.take(audit_since, query.since, "a time such as 2026-11-23T05:06:07Z",
            [](const std::string& value) { return parse_rfc3339(value); });
  from.take(audit_limit, query.limit, "a number from 1 to 200",
            [](const std::string& value) { return read_number(value, max_entries); });
  from.take(audit_cursor, query.before, "the next_cursor of a page", [](const std::string& value) {
    return read_number(value, std::numeric_limits<std::int64_t>::max());
  });
  return from.wrong();
}

void write_entry(json_writer& json, const persistence::audit_entry& entry) {
  json.begin_object()
      .member("id", entry.id)
      .member("at", entry.at)
      .member("who", entry.who)
      .key("key_id");
  if (entry.key == 0) json.null();
  else json.value(entry.key);
  json.member("action", entry.action).text_or_null("target", entry.target).key("detail");
  if (entry.detail.empty()) json.null();
  else json.raw(entry.detail);
  json.text_or_null("client", entry.client).member("status", entry.result).end_object();
}

}  // namespace

void get_audit(exchange& x) {
  persistence::audit_query query;
  if (const auto wrong = read_audit_query(x, query)) return x.fail(*wrong);
  x.ask<persistence::audit_page>(
      [query = std::move(query)](actors::gateway& gateway, auto done) mutable {
        gateway.list_audit(std::move(query), std::move(done));
      },
      [](const persistence::audit_page& page, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object().key("data").begin_array();
        for (const auto& entry : page.rows)
          write_entry(json, entry);
        json.end_array().member("has_more", page.next_before != 0);
        json.text_or_null("next_cursor",
                          page.next_before == 0 ? "" : std::to_string(page.next_before));
        json.end_object();
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
