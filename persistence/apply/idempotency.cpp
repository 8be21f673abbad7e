#include "persistence/apply/idempotency.hpp"

#include "base/mutant.hpp"
#include "persistence/records/encoding.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace postrider::persistence {
namespace {

struct claimed {
  const accept_message* accept = nullptr;
  transition_result* result = nullptr;

  const idempotency_claim& once() const { return *accept->once; }
  auto key() const { return std::pair(once().client, once().key); }
};
using claims = std::vector<claimed>;

/// In the order of their keys, so that two writers cannot deadlock; of equal ones the first in the
/// batch comes first, and wins.
claims in_order(const ledger_batch& batch, batch_result& results) {
  claims found;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto* accept = std::get_if<accept_message>(&batch.transitions[i]);
    if (accept && accept->once && results[i].status != transition_status::refused)
      found.push_back({accept, &results[i]});
  }
  std::ranges::stable_sort(found, {}, &claimed::key);
  return found;
}

std::vector<answered_transaction> answer_of(const claimed& c) {
  std::vector<answered_transaction> answer;
  for (std::size_t i = 0; i < c.accept->transactions.size(); ++i) {
    const auto& row = c.accept->transactions[i];
    answer.push_back({c.result->ids[i], row.provider, row.recipient});
  }
  return answer;
}

void insert_new(sql_session& session, time_point now, const claims& wanted) {
  sql_values values;
  for (const auto& c : wanted)
    values.add(c.once().client)
        .add(c.once().key)
        .add(c.once().body)
        .add(c.accept->message->id)
        .own(encode_answer(answer_of(c)))
        .add(now)
        .add(c.once().expires_at);
  session.insert_rows(
      "INSERT INTO idempotency_key (api_key_id, key_hash, body_hash, message_id, answer, "
      "created_at, expires_at)",
      7, values, session.dialect().keep_existing);
}

using stored_keys = std::map<std::pair<api_key_id, hash>, stored_key>;

/// The rows of these keys as they are now, ours among them, and locked.
stored_keys load(sql_session& session, const claims& wanted) {
  stored_keys found;
  const auto statement =
      stored_keys_statement(session.dialect()) + std::string(session.dialect().for_update);
  for (auto at = wanted.begin(); at != wanted.end();) {
    const auto client = at->once().client;
    sql_values first, keys;
    first.add(client);
    for (; at != wanted.end() && at->once().client == client; ++at)
      keys.add(at->once().key);
    session.query_in(statement, first, keys, [&](const sql_row& row) {
      auto stored = read_stored_key(row);
      const auto key = std::pair(stored.client, stored.key);
      found.insert_or_assign(key, std::move(stored));
    });
  }
  return found;
}

/// The row of an expired key becomes that of the new message.
void renew(sql_session& session, time_point now, const claimed& c, stored_key& stored) {
  stored.answer = {c.accept->message->id, c.once().body, answer_of(c)};
  stored.expires_at = c.once().expires_at;
  sql_values values;
  values.add(stored.answer.body)
      .add(stored.answer.message)
      .own(encode_answer(stored.answer.transactions))
      .add(now)
      .add(stored.expires_at)
      .add(stored.id);
  session.execute(
      "UPDATE idempotency_key SET body_hash = ?, message_id = ?, answer = ?, created_at = ?, "
      "expires_at = ? WHERE id = ?",
      values);
}

template <std::size_t Size>
void copy_bytes(std::array<std::uint8_t, Size>& to, std::string_view from) {
  std::copy_n(from.begin(), std::min(from.size(), Size), to.begin());
}

}  // namespace

stored_key read_stored_key(const sql_row& row) {
  stored_key stored;
  stored.id = row.integer(0);
  stored.client = row.integer(1);
  copy_bytes(stored.key, row.text(2));
  copy_bytes(stored.answer.body, row.text(3));
  copy_bytes(stored.answer.message.bytes, row.text(4));
  stored.expires_at = row.time(5);
  stored.answer.transactions = decode_answer(row.text(6));
  return stored;
}

void claim_keys(sql_session& session, const ledger_batch& batch, batch_result& results) {
  const auto wanted = in_order(batch, results);
  if (wanted.empty()) return;
  insert_new(session, batch.now, wanted);
  auto stored = load(session, wanted);
  for (const auto& c : wanted) {
    auto& row = stored.at(c.key());
    if (row.answer.message == c.accept->message->id) continue;
    if (mutant(mutation::idempotency_key_ignored)) continue;
    if (row.expires_at <= batch.now) {
      renew(session, batch.now, c, row);
      continue;
    }
    c.result->status = transition_status::conflict;
    c.result->ids.clear();
    c.result->first = row.answer;
  }
}

void prune_keys(sql_session& session, const prune& what, transition_result& answer) {
  sql_values values, expired, ids;
  values.add(what.completed_before).add(what.limit);
  session.query(expired_keys_statement(session.dialect()), values,
                [&](const sql_row& row) { ids.add(row.integer(0)); });
  if (ids.empty()) return;
  answer.more = ids.size() == static_cast<std::size_t>(what.limit);
  // One that was used again meanwhile is no longer expired.
  expired.add(what.completed_before);
  answer.count += session.execute_in(
      "DELETE FROM idempotency_key WHERE expires_at <= ? AND id IN ({ids})", expired, ids);
}

std::string stored_keys_statement(const sql_dialect& dialect) {
  return "SELECT id, api_key_id, key_hash, body_hash, message_id, expires_at, answer"
         " FROM idempotency_key" +
         dialect.index("idempotency_by_key") + " WHERE api_key_id = ? AND key_hash IN ({ids})";
}

std::string expired_keys_statement(const sql_dialect& dialect) {
  return "SELECT id FROM idempotency_key" +
         dialect.index(dialect.use_primary.empty() ? "idempotency_key_expires_at_i"
                                                   : "expires_at_i") +
         " WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";
}

}  // namespace postrider::persistence
