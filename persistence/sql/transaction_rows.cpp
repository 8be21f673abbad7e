#include "persistence/sql/transaction_rows.hpp"

#include "persistence/attempts.hpp"
#include "persistence/records/encoding.hpp"

#include <algorithm>

namespace postrider::persistence {
namespace {

message_id read_message_id(const sql_row& row, int column) {
  message_id id;
  const auto bytes = row.text(column);
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()), id.bytes.begin());
  return id;
}

}  // namespace

const std::string& transaction_column_list() {
  static const std::string list = [] {
    std::string text;
    for (auto column : transaction_columns)
      text.append(text.empty() ? "" : ", ").append(column);
    return text;
  }();
  return list;
}

void add_transaction(sql_values& values, const transaction& t) {
  values.add(t.id).add(t.message).add(t.recipient_no).add(t.chain_no).add(t.user);
  values.add(t.provider).add(t.recipient).add(t.status).add(t.priority).add(t.on_unknown);
  values.add(t.retry_count).add(t.max_retries).add(std::int64_t{t.possible_duplicate}).add(t.owner);
  values.add(lane_of_row(t)).add(t.due_at).add(t.expires_at);
  if (t.attempts.empty()) values.add(std::string_view());
  else values.own(encode_attempts(t.attempts));
  values.add(t.error).add(t.error_message).add(t.provider_ref).add(t.superseded_by);
  values.add(t.created_at).add(t.updated_at).add(t.completed_at);
  values.add(t.receipt).add(t.receipt_at).add(std::int64_t{t.fallback_on_undelivered});
  values.add(t.decision).add(t.retries_used).add(t.first_due);
  for (auto& text : {encode_trail(t), encode_answers(t)})
    text.empty() ? values.add_or_null(0) : values.own(text);
  values.add(t.settlement);
}

transaction read_transaction(const sql_row& row) {
  transaction t;
  t.id = row.integer(0);
  t.message = read_message_id(row, 1);
  t.recipient_no = row.as<std::int32_t>(2);
  t.chain_no = row.as<std::int32_t>(3);
  t.user = row.integer(4);
  t.provider = row.as<provider_id>(5);
  t.recipient = row.text(6);
  t.status = row.as<transaction_status>(7);
  t.priority = row.as<priority>(8);
  t.on_unknown = row.as<on_unknown>(9);
  t.retry_count = row.as<std::int32_t>(10);
  t.max_retries = row.as<std::int32_t>(11);
  t.possible_duplicate = row.integer(12) != 0;
  t.owner = row.integer(13);
  t.due_at = row.time(15);
  t.expires_at = row.optional_time(16);
  t.error = row.as<error_code>(18);
  t.error_message = row.text(19);
  t.provider_ref = row.text(20);
  t.superseded_by = row.integer(21);
  t.created_at = row.time(22);
  t.updated_at = row.time(23);
  t.completed_at = row.optional_time(24);
  t.receipt = row.as<receipt>(25);
  t.receipt_at = row.optional_time(26);
  t.fallback_on_undelivered = row.integer(27) != 0;
  t.decision = row.text(28);
  t.retries_used = row.as<std::int32_t>(29);
  t.first_due = row.time(30);
  t.settlement = row.text(33);
  // Most live rows have not been tried yet.
  if (!row.null(31) || !row.text(17).empty() || t.status >= transaction_status::success)
    read_attempts(t, row.null(31) ? std::string_view() : row.text(31),
                  row.null(32) ? std::string_view() : row.text(32), row.text(17));
  return t;
}

void add_message(sql_values& values, const message& m) {
  values.add(m.id).add(m.user).add(m.text).add(m.subject).add(m.html).add(m.metadata);
  values.own(encode_recipients(m.recipients));
  values.add(m.requested_type).add(std::int64_t{m.fallback}).add(m.created_at);
  values.add_or_null(m.fallback_on_undelivered).add(m.body_removed_at);
  values.add(m.traceparent).add(m.request_id).add(std::int64_t{m.test});
  values.add(std::int64_t{m.shorten}).add(m.reference);
}

message read_message(const sql_row& row) {
  message m;
  m.id = read_message_id(row, 0);
  m.user = row.integer(1);
  m.text = row.text(2);
  m.subject = row.text(3);
  m.html = row.text(4);
  m.metadata = row.text(5);
  m.recipients = decode_recipients(row.text(6));
  m.requested_type = row.text(7);
  m.fallback = row.integer(8) != 0;
  m.created_at = row.time(9);
  m.fallback_on_undelivered = row.optional_flag(10);
  m.body_removed_at = row.optional_time(11);
  m.traceparent = row.text(12);
  m.request_id = row.text(13);
  m.test = row.integer(14) != 0;
  m.shorten = row.integer(15) != 0;
  m.reference = row.text(16);
  return m;
}

}  // namespace postrider::persistence
