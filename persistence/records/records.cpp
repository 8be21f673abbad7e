#include "persistence/records/records.hpp"

#include "persistence/attempts.hpp"
#include "persistence/records/encoding.hpp"
#include "persistence/records/message_record.hxx"
#include "persistence/records/node_record.hxx"
#include "persistence/records/transaction_record.hxx"

namespace postrider::persistence {
namespace {

time_point to_time(std::int64_t microseconds) {
  return time_point(std::chrono::microseconds(microseconds));
}

}  // namespace

std::optional<time_point> to_optional_time(const odb::nullable<std::int64_t>& microseconds) {
  if (microseconds.null()) return std::nullopt;
  return to_time(*microseconds);
}

transaction to_transaction(const transaction_record& r) {
  transaction t;
  t.id = r.id;
  t.message.bytes = r.message_id;
  t.recipient_no = r.recipient_no;
  t.chain_no = r.chain_no;
  t.user = r.user_id;
  t.provider = r.provider_id;
  t.recipient = r.recipient;
  t.status = static_cast<transaction_status>(r.status);
  t.priority = static_cast<priority>(r.priority);
  t.on_unknown = static_cast<on_unknown>(r.on_unknown);
  t.retry_count = r.retry_count;
  t.max_retries = r.max_retries;
  t.possible_duplicate = r.possible_duplicate;
  t.owner = r.owner;
  t.due_at = to_time(r.due_at);
  t.expires_at = to_optional_time(r.expires_at);
  t.error = static_cast<error_code>(r.error_code);
  t.error_message = r.error_message;
  t.provider_ref = r.provider_ref;
  t.superseded_by = r.superseded_by;
  t.created_at = to_time(r.created_at);
  t.updated_at = to_time(r.updated_at);
  t.completed_at = to_optional_time(r.completed_at);
  t.receipt = static_cast<receipt>(r.receipt);
  t.receipt_at = to_optional_time(r.receipt_at);
  t.fallback_on_undelivered = r.fallback_on_undelivered;
  t.decision = r.decision;
  t.retries_used = r.retries_used;
  t.first_due = to_time(r.first_due_at);
  t.settlement = r.settlement;
  read_attempts(t, r.trail.null() ? std::string_view() : std::string_view(*r.trail),
                r.answers.null() ? std::string_view() : std::string_view(*r.answers), r.attempts);
  return t;
}

message to_message(const message_record& r) {
  message m;
  m.id.bytes = r.id;
  m.user = r.user_id;
  m.text = r.text;
  m.subject = r.subject;
  m.html = r.html;
  m.metadata = r.metadata;
  m.recipients = decode_recipients(r.recipients);
  m.requested_type = r.requested_type;
  m.fallback = r.fallback;
  m.created_at = to_time(r.created_at);
  m.body_removed_at = to_optional_time(r.body_removed_at);
  m.traceparent = r.traceparent;
  m.request_id = r.request_id;
  m.test = r.is_test;
  if (!r.fallback_on_undelivered.null()) m.fallback_on_undelivered = *r.fallback_on_undelivered;
  return m;
}

node to_node(const node_record& r, time_point now) {
  node n;
  n.id = r.id;
  n.process = {r.boot, r.pid_namespace, r.pid, r.started};
  n.host = r.host;
  n.alive = r.alive;
  n.lease_left = std::chrono::floor<std::chrono::milliseconds>(to_time(r.lease_until) - now);
  n.lease_expired = to_time(r.lease_until) <= now;
  return n;
}

}  // namespace postrider::persistence
