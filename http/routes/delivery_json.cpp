#include "http/routes/delivery_json.hpp"

#include <algorithm>

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

/// A failure that waits counts from `due_at` as well: only what is being sent, and what has ended,
/// is due no more.
std::optional<time_point> due(const actors::transaction_info& info) {
  const bool pending = info.transaction.status == persistence::transaction_status::pending;
  return pending ? std::optional(info.transaction.due_at) : next_retry(info);
}

std::string_view outcome_of(const persistence::attempt_call& call) {
  return call.outcome == persistence::error_code::none ? "accepted"
                                                       : persistence::to_string(call.outcome);
}

void write_call(json_writer& json, const persistence::attempt_call& call) {
  const auto noted = [](time_point at) {
    return at == time_point{} ? std::nullopt : std::optional(at);
  };
  using milliseconds = std::chrono::duration<double, std::milli>;
  std::optional<double> duration;
  // The wall clock may have jumped back meanwhile.
  if (noted(call.began) && noted(call.ended))
    duration = std::max(0.0, milliseconds(call.ended - call.began).count());
  json.begin_object()
      .member("began_at", noted(call.began))
      .member("ended_at", noted(call.ended))
      .member("duration_ms", duration)
      .member("outcome", outcome_of(call))
      .text_or_null("answer", call.answer)
      .end_object();
}

void write_attempts(json_writer& json, const actors::transaction_info& info) {
  json.key("attempts").begin_array();
  for (std::size_t i = 0; i < info.tried.size(); ++i) {
    const auto& one = info.transaction.attempts.at(i);
    json.begin_object()
        .member("provider", info.tried[i].name)
        .member("provider_type", info.tried[i].type)
        .member("count", one.count)
        .key("first");
    if (one.count > 1) write_call(json, one.first);
    else json.null();
    write_call(json.key("last"), one.last);
    json.end_object();
  }
  json.end_array();
}

void write_settlement(json_writer& json, const persistence::transaction& row) {
  json.key("settlement");
  const auto note = persistence::decode_settlement(row.settlement);
  if (!note) {
    json.null();
    return;
  }
  json.begin_object()
      .member("outcome", persistence::to_string(note->outcome))
      .member("at", note->at)
      .text_or_null("by", note->by)
      .end_object();
}

void write_outcome(json_writer& json, std::string_view name,
                   std::optional<actors::delivery_outcome> outcome) {
  json.text_or_null(name, outcome ? actors::to_string(*outcome) : std::string_view());
}

void write_recipient(json_writer& json, const actors::recipient_info& info) {
  json.begin_object()
      .member("recipient", info.recipient)
      .member("status", actors::to_string(info.status));
  write_outcome(json, "outcome", info.outcome);
  json.key("transactions").begin_array();
  for (const auto& one : info.transactions)
    write_transaction(json, one);
  json.end_array().end_object();
}

}  // namespace

void write_outcomes(json_writer& json, const std::vector<actors::recipient_info>& recipients) {
  const auto count = [&](std::optional<actors::delivery_outcome> outcome) {
    return std::ranges::count(recipients, outcome, &actors::recipient_info::outcome);
  };
  json.key("outcomes").begin_object().member("open", count(std::nullopt));
  for (const auto outcome : actors::all_outcomes)
    json.member(actors::to_string(outcome), count(outcome));
  json.end_object();
}

void write_recipient_line(json_writer& json, const actors::recipient_info& info) {
  json.begin_object()
      .member("recipient", info.recipient)
      .member("status", actors::to_string(info.status));
  write_outcome(json, "outcome", info.outcome);
  const auto* last = info.transactions.empty() ? nullptr : &info.transactions.back();
  json.text_or_null("provider", last ? std::string_view(last->provider) : std::string_view());
  const auto error = last ? last->transaction.error : persistence::error_code::none;
  json.text_or_null("error_code", error == persistence::error_code::none
                                      ? std::string_view()
                                      : persistence::to_string(error));
  json.end_object();
}

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

void write_waiting(json_writer& json, const actors::transaction_info& info) {
  json.key("waits_for");
  if (!info.waits_for) {
    json.null();
    return;
  }
  const auto& waits = *info.waits_for;
  json.begin_object()
      .member("reason", actors::to_string(waits.reason))
      .text_or_null("provider",
                    actors::is_for_provider(waits.reason) ? info.provider : std::string_view())
      .member("since", waits.since)
      .member("until", waits.until)
      .member("next_at", waits.next_at)
      .member("attempts", waits.attempts)
      .end_object();
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
      .member("retries_used", row.retries_used)
      .member("max_retries", row.max_retries)
      .member("priority", persistence::to_string(row.priority))
      .text_or_null("on_unknown", persistence::to_string(row.on_unknown));
  write_error(json, row);
  json.text_or_null("provider_ref", row.provider_ref)
      .text_or_null("receipt", persistence::to_string(row.receipt))
      .member("receipt_at", told_receipt(row) ? row.receipt_at : std::nullopt)
      .member("possible_duplicate", row.possible_duplicate)
      .member("test", info.test)
      .member("due_at", due(info))
      .member("next_retry_at", next_retry(info))
      .member("expires_at", row.expires_at)
      .key("superseded_by");
  if (row.superseded_by == 0) json.null();
  else json.value(row.superseded_by);
  write_settlement(json, row);
  write_waiting(json, info);
  json.member("created_at", row.created_at)
      .member("updated_at", row.updated_at)
      .member("completed_at", row.completed_at);
  write_attempts(json, info);
  json.end_object();
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
      .text_or_null("reference", message.reference)
      .member("fallback", message.fallback)
      .key("metadata");
  if (message.metadata.empty()) json.null();
  else json.raw(message.metadata);
  json.member("body_removed_at", message.body_removed_at);
  json.member("test", message.test);
  json.member("created_at", message.created_at)
      .member("send_at", info.send_at)
      .member("expires_at", info.expires_at)
      .member("priority", persistence::to_string(info.priority))
      .text_or_null("on_unknown", persistence::to_string(info.on_unknown))
      .member("max_retries", info.max_retries);
  write_outcomes(json, info.recipients);
  json.key("recipients").begin_array();
  for (const auto& one : info.recipients)
    write_recipient(json, one);
  json.end_array().end_object();
}

}  // namespace postrider::http::routes
