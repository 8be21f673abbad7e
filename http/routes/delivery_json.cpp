#include "http/routes/delivery_json.hpp"

namespace postrider::http::routes {
namespace {

void write_error(json_writer& json, const persistence::transaction& row) {
  json.text_or_null("error_code", row.error == persistence::error_code::none
                                      ? std::string_view()
                                      : persistence::to_string(row.error));
  json.text_or_null("error_message", row.error_message);
}

/// Only a failure that waits in the live table has a next attempt.
std::optional<time_point> next_retry(const actors::transaction_info& info) {
  const auto& row = info.transaction;
  const bool waits = row.status == persistence::transaction_status::failed && !info.archived &&
                     !info.final && row.superseded_by == 0;
  return waits ? std::optional(row.due_at) : std::nullopt;
}

/// That a provider has a message for sure is no news for a client.
bool told_receipt(const persistence::transaction& row) {
  return !persistence::to_string(row.receipt).empty();
}

void write_recipient(json_writer& json, const actors::recipient_info& info) {
  json.begin_object()
      .member("recipient", info.recipient)
      .member("status", actors::to_string(info.status))
      .key("transactions")
      .begin_array();
  for (const auto& one : info.transactions)
    write_transaction(json, one);
  json.end_array().end_object();
}

}  // namespace

void write_receipt(json_writer& json, const actors::send_receipt& receipt, std::size_t line) {
  constexpr auto pending = persistence::transaction_status::pending;
  json.begin_object();
  if (line > 0) json.member("line", line);
  // A request of its own is told so by a field of the header.
  if (line > 0 && receipt.replayed) json.member("replayed", true);
  json.key("id");
  if (receipt.transactions.empty()) json.null();
  else json.value(receipt.transactions.front().id);
  json.member("message_id", persistence::to_string(receipt.message))
      .member("status", persistence::to_string(pending))
      .key("transactions")
      .begin_array();
  for (const auto& one : receipt.transactions)
    json.begin_object()
        .member("id", one.id)
        .member("recipient", one.recipient)
        .member("provider", one.provider)
        .member("provider_type", one.provider_type)
        .member("status", persistence::to_string(pending))
        .end_object();
  json.end_array().end_object();
}

void write_transaction(json_writer& json, const actors::transaction_info& info) {
  const auto& row = info.transaction;
  json.begin_object()
      .member("id", row.id)
      .member("message_id", persistence::to_string(row.message))
      .member("user_id", row.user)
      .member("recipient", row.recipient)
      .member("provider", info.provider)
      .member("provider_type", info.provider_type)
      .member("status", persistence::to_string(row.status))
      .member("final", info.final)
      .member("archived", info.archived)
      .member("retry_count", row.retry_count)
      .member("max_retries", row.max_retries);
  write_error(json, row);
  json.text_or_null("provider_ref", row.provider_ref)
      .text_or_null("receipt", persistence::to_string(row.receipt))
      .member("receipt_at", told_receipt(row) ? row.receipt_at : std::nullopt)
      .member("possible_duplicate", row.possible_duplicate)
      .member("test", info.test)
      .member("next_retry_at", next_retry(info))
      .member("expires_at", row.expires_at)
      .key("superseded_by");
  if (row.superseded_by == 0) json.null();
  else json.value(row.superseded_by);
  json.member("created_at", row.created_at)
      .member("updated_at", row.updated_at)
      .member("completed_at", row.completed_at)
      .end_object();
}

void write_message(json_writer& json, const actors::message_info& info) {
  const auto& message = info.message;
  json.begin_object()
      .member("message_id", persistence::to_string(message.id))
      .member("user_id", message.user)
      .member("status", actors::to_string(info.status))
      .member("message", message.text)
      .text_or_null("subject", message.subject)
      .text_or_null("html", message.html)
      .text_or_null("type", message.requested_type)
      .member("fallback", message.fallback)
      .key("metadata");
  if (message.metadata.empty()) json.null();
  else json.raw(message.metadata);
  json.member("body_removed_at", message.body_removed_at);
  json.member("test", message.test);
  json.member("created_at", message.created_at).key("recipients").begin_array();
  for (const auto& one : info.recipients)
    write_recipient(json, one);
  json.end_array().end_object();
}

}  // namespace postrider::http::routes
