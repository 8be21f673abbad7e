#include "http/routes/message_list.hpp"

#include "base/time_text.hpp"
#include "http/routes/argument_reader.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/delivery_json.hpp"

#include <algorithm>
#include <limits>

namespace postrider::http::routes {
namespace {

using actors::message_query;

constexpr std::int32_t max_messages = 200;
/// Recipients that a line of the list shows.
constexpr std::size_t shown_recipients = 10;

enum message_place : std::size_t {
  user_id,
  recipient,
  reference,
  status,
  outcome,
  created_after,
  created_before,
  limit,
  cursor
};

template <class Value, std::size_t Size>
std::optional<Value> named(const std::array<Value, Size>& all, std::string_view name) {
  const auto found =
      std::ranges::find_if(all, [&](Value one) { return actors::to_string(one) == name; });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

std::optional<actors::delivery_status> read_status(std::string_view name) {
  using enum actors::delivery_status;
  return named(std::array{pending, processing, success, failed, partial}, name);
}

std::optional<problem> read_message_query(const exchange& x, message_query& query) {
  argument_reader from(x, message_list_parameters);
  const auto text = [](const std::string& value) { return std::optional(value); };
  const auto time = [](const std::string& value) { return parse_rfc3339(value); };
  auto& filter = query.filter;
  std::optional<persistence::user_id> user;
  from.take(user_id, user, "a number from 1 on", [](const std::string& value) {
    return read_number<persistence::user_id>(value, std::numeric_limits<std::int64_t>::max());
  });
  from.take(recipient, filter.recipient, "an address", text);
  from.take(reference, filter.reference, "a reference", text);
  from.take(status, query.status, "pending, processing, success, failed or partial", read_status);
  from.take(outcome, query.outcome,
            "sent, delivered, undelivered, cancelled, expired, unknown or failed",
            [](const std::string& value) { return named(actors::all_outcomes, value); });
  from.take(created_after, filter.created_after, "a time such as 2026-11-23T05:06:07Z", time);
  from.take(created_before, filter.created_before, "a time such as 2026-11-23T05:06:07Z", time);
  from.take(limit, query.limit, "a number from 1 to 200",
            [](const std::string& value) { return read_number(value, max_messages); });
  from.take(cursor, query.before, "the next_cursor of a page",
            [](const std::string& value) { return persistence::parse_message_id(value); });
  if (from.wrong()) return from.wrong();
  filter.metadata = x.request.members;
  const caller who(x);
  filter.test_only = who.tests();
  filter.users = who.users();
  if (!user) return std::nullopt;
  filter.users = {*user};
  return who.refusal_for(*user);
}

void write_line(json_writer& json, const actors::message_info& info) {
  const auto& message = info.message;
  json.begin_object()
      .member("message_id", persistence::to_string(message.id))
      .member("user_id", message.user)
      .member("status", actors::to_string(info.status))
      .text_or_null("subject", message.subject)
      .text_or_null("type", message.requested_type)
      .text_or_null("reference", message.reference)
      .key("metadata");
  if (message.metadata.empty()) json.null();
  else json.raw(message.metadata);
  json.member("body_removed_at", message.body_removed_at)
      .member("test", message.test)
      .member("created_at", message.created_at)
      .member("send_at", info.send_at)
      .member("expires_at", info.expires_at)
      .member("priority", persistence::to_string(info.priority));
  write_outcomes(json, info.recipients);
  json.member("recipient_count", info.recipients.size()).key("recipients").begin_array();
  for (std::size_t i = 0; i < std::min(info.recipients.size(), shown_recipients); ++i)
    write_recipient_line(json, info.recipients[i]);
  json.end_array().end_object();
}

void write_counts(json_writer& json, const actors::message_counts& counts) {
  using enum actors::delivery_status;
  json.begin_object().key("by_status").begin_object();
  for (const auto one : {pending, processing, success, failed, partial})
    json.member(actors::to_string(one), counts.by_status.at(static_cast<std::size_t>(one)));
  json.end_object().key("by_outcome").begin_object();
  for (const auto one : actors::all_outcomes)
    json.member(actors::to_string(one), counts.by_outcome.at(static_cast<std::size_t>(one)));
  json.end_object()
      .member("messages", counts.messages)
      .member("looked_at", counts.seen)
      .member("since", counts.since)
      .member("complete", counts.complete)
      .end_object();
}

}  // namespace

void get_message_counts(exchange& x) {
  message_query query;
  if (const auto wrong = read_message_query(x, query)) return x.fail(*wrong);
  x.ask<actors::message_counts>(
      [query = std::move(query)](actors::gateway& gateway, auto done) mutable {
        gateway.count_messages(std::move(query), std::move(done));
      },
      [](const actors::message_counts& counts, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        write_counts(json, counts);
        return std::nullopt;
      });
}

void get_messages(exchange& x) {
  message_query query;
  if (const auto wrong = read_message_query(x, query)) return x.fail(*wrong);
  x.ask<actors::message_listing>(
      [query = std::move(query)](actors::gateway& gateway, auto done) mutable {
        gateway.list_messages(std::move(query), std::move(done));
      },
      [](const actors::message_listing& page, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object().key("data").begin_array();
        for (const auto& one : page.messages)
          write_line(json, one);
        json.end_array().member("has_more", page.next_before.has_value());
        json.text_or_null("next_cursor",
                          page.next_before ? persistence::to_string(*page.next_before) : "");
        json.end_object();
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
