#include "persistence/query/odb_queries.hpp"

#include "persistence/apply/api_keys.hpp"
#include "persistence/apply/claims.hpp"
#include "persistence/apply/endpoints.hpp"
#include "persistence/apply/idempotency.hpp"
#include "persistence/apply/provider_lists.hpp"
#include "persistence/query/audit_list.hpp"
#include "persistence/query/event_reader.hpp"
#include "persistence/query/failure_list.hpp"
#include "persistence/query/message_list.hpp"
#include "persistence/query/transaction_list.hpp"
#include "persistence/records/node_record-odb.hxx"
#include "persistence/records/provider_record-odb.hxx"
#include "persistence/records/records.hpp"
#include "persistence/sql/transaction_rows.hpp"

#include <odb/database.hxx>

#include <algorithm>

namespace postrider::persistence {
namespace {

constexpr bool both_tables[] = {false, true};

std::int64_t single(sql_session& session, std::string_view sql, std::span<const sql_value> values) {
  std::int64_t answer = 0;
  session.query(sql, values, [&](const sql_row& row) { answer = row.integer(0); });
  return answer;
}

}  // namespace

std::string row_statement(const sql_dialect& dialect, bool archived) {
  return "SELECT " + transaction_column_list() + " FROM " + std::string(table_of(archived)) +
         std::string(dialect.use_primary) + " WHERE id = ?";
}

result<std::optional<found_transaction>> odb_queries::find_transaction(transaction_id id) {
  return read([&](sql_session& session) {
    sql_values values;
    values.add(id);
    std::optional<found_transaction> found;
    for (const bool archived : both_tables) {
      session.query(row_statement(session.dialect(), archived), values, [&](const sql_row& row) {
        found = found_transaction{read_transaction(row), archived};
      });
      if (found) break;
    }
    return found;
  });
}

std::string rows_of_message_statement(const sql_dialect& dialect, bool archived) {
  return "SELECT " + transaction_column_list() + " FROM " + std::string(table_of(archived)) +
         dialect.index(archived ? "history_by_message" : "live_by_message") +
         " WHERE message_id = ?";
}

result<std::optional<found_message>> odb_queries::find_message(const message_id& id) {
  return read([&](sql_session& session) {
    sql_values values;
    values.add(id);
    std::optional<found_message> found;
    session.query("SELECT " + std::string(message_columns) + " FROM message WHERE id = ?", values,
                  [&](const sql_row& row) {
                    found = found_message{read_message(row), {}};
                  });
    if (!found) return found;
    for (const bool archived : both_tables)
      session.query(rows_of_message_statement(session.dialect(), archived), values,
                    [&](const sql_row& row) {
                      found->transactions.push_back({read_transaction(row), archived});
                    });
    std::ranges::sort(found->transactions, {}, [](const found_transaction& f) {
      return std::tuple(f.transaction.recipient_no, f.transaction.chain_no,
                        f.transaction.retry_count);
    });
    return found;
  });
}

result<event_page> odb_queries::read_events(const event_query& what, time_point now) {
  return read([&](sql_session& session) { return read_event_page(session, what, now); });
}

result<event_cursor> odb_queries::end_of_events(time_point now) {
  return read([&](sql_session& session) { return persistence::end_of_events(session, now); });
}

result<std::vector<found_event>> odb_queries::find_events(const std::vector<event_place>& places) {
  return read([&](sql_session& session) { return read_events_at(session, places); });
}

result<endpoint_changes> odb_queries::endpoints(std::int64_t version) {
  return read([&](sql_session& session) { return changed_endpoints(session, version); });
}

result<std::optional<endpoint>> odb_queries::find_endpoint(endpoint_id id) {
  return read([&](sql_session& session) { return persistence::find_endpoint(session, id); });
}

result<std::vector<endpoint_delivery>> odb_queries::list_deliveries(const delivery_query& what) {
  return read([&](sql_session& session) { return persistence::list_deliveries(session, what); });
}

std::string rows_of_messages_in_statement(const sql_dialect& dialect, bool archived) {
  return "SELECT " + transaction_column_list() + " FROM " + std::string(table_of(archived)) +
         dialect.index(archived ? "history_by_message" : "live_by_message") +
         " WHERE message_id IN ({ids})";
}

result<failure_groups> odb_queries::group_failures(const failure_query& what) {
  return read([&](sql_session& session) { return persistence::group_failures(session, what); });
}

result<audit_page> odb_queries::list_audit(const audit_query& what) {
  return read([&](sql_session& session) { return persistence::list_audit(session, what); });
}

result<message_page> odb_queries::list_messages(const message_list& what) {
  return read([&](sql_session& session) { return persistence::list_messages(session, what); });
}

result<transaction_page> odb_queries::list_transactions(const transaction_list& what) {
  return read([&](sql_session& session) { return persistence::list_transactions(session, what); });
}

result<known_providers> odb_queries::providers() {
  return read([](sql_session& session) { return load_known_providers(session); });
}

result<std::vector<user_provider>> odb_queries::user_providers(user_id user) {
  return read(
      [&](sql_session& session) { return load_user_providers(session.odb_database(), user); });
}

result<ledger_queries::list_changes> odb_queries::user_list_changes(std::int64_t version,
                                                                    std::int32_t limit) {
  return read([&](sql_session& session) {
    using query = odb::query<user_list_record>;
    list_changes changes;
    changes.users.emplace();
    session.query(change_counters_statement(), {}, [&](const sql_row& row) {
      changes.version = row.integer(0) - 1;
      changes.provider_version = row.integer(1);
    });
    if (changes.version <= version) {
      changes.version = version;
      return changes;
    }
    // One more than allowed shows that there are more. The limit is a number, so it may be part of
    // the text.
    for (const auto& list : session.odb_database().query<user_list_record>(
             (query::version > version) + "ORDER BY" + query::version +
             ("LIMIT " + std::to_string(limit + 1))))
      changes.users->push_back(list.user_id);
    if (std::ssize(*changes.users) > limit) changes.users.reset();
    return changes;
  });
}

result<std::optional<first_answer>> odb_queries::find_first_answer(api_key_id client,
                                                                   const hash& key,
                                                                   time_point now) {
  return read([&](sql_session& session) -> std::optional<first_answer> {
    sql_values first, keys;
    first.add(client);
    keys.add(key);
    std::optional<first_answer> found;
    session.query_in(stored_keys_statement(session.dialect()), first, keys,
                     [&](const sql_row& row) {
                       const auto stored = read_stored_key(row);
                       if (stored.expires_at > now) found = stored.answer;
                     });
    return found;
  });
}

result<key_changes> odb_queries::api_keys(std::int64_t version) {
  return read([&](sql_session& session) { return changed_keys(session, version); });
}

result<std::vector<node>> odb_queries::nodes() {
  return read([](sql_session& session) {
    const auto now = session.now();
    using query = odb::query<node_record>;
    std::vector<node> nodes;
    for (const auto& record :
         session.odb_database().query<node_record>(query() + "ORDER BY" + query::id))
      nodes.push_back(to_node(record, now));
    return nodes;
  });
}

std::string next_owner_statement(const sql_dialect& dialect) {
  return "SELECT owner FROM message_transaction" + dialect.index("live_by_lane") +
         " WHERE owner > ? ORDER BY owner LIMIT 1";
}

result<std::vector<node_id>> odb_queries::dead_owners() {
  constexpr std::size_t most_owners = 256;
  return read([](sql_session& session) {
    std::vector<node_id> owners;
    sql_values ids;
    for (node_id last = -1; last != 0 && owners.size() < most_owners;) {
      sql_values after;
      after.add(std::max<node_id>(last, 0));
      last = single(session, next_owner_statement(session.dialect()), after);
      if (last == 0) break;
      owners.push_back(last);
      ids.add(last);
    }
    if (owners.empty()) return owners;
    session.query_in("SELECT id FROM node WHERE alive = 1 AND id IN ({ids})", {}, ids,
                     [&](const sql_row& row) { std::erase(owners, row.integer(0)); });
    return owners;
  });
}

std::string waiting_lane_statement(const sql_dialect& dialect) {
  return "SELECT due_at FROM message_transaction" + dialect.index("live_by_lane") +
         " WHERE owner = 0 AND lane = ? ORDER BY due_at, id LIMIT 1";
}

result<std::vector<lane_state>> odb_queries::waiting_lanes(const std::vector<lane>& lanes) {
  return read([&](sql_session& session) {
    std::vector<lane_state> waiting;
    const auto sql = waiting_lane_statement(session.dialect());
    for (auto one : lanes) {
      sql_values values;
      values.add(one);
      session.query(sql, values, [&](const sql_row& row) {
        waiting.push_back({one, row.time(0)});
      });
    }
    return waiting;
  });
}

std::string waiting_rows_statement(const sql_dialect& dialect) {
  // The first condition on due_at says where the index is entered; what is equal to it is few rows.
  return "SELECT " + transaction_column_list() + " FROM message_transaction" +
         dialect.index("live_by_lane") +
         " WHERE owner = 0 AND lane = ? AND due_at >= ? AND due_at <= ?"
         " AND (due_at > ? OR id > ?) ORDER BY due_at, id LIMIT ?";
}

result<std::vector<delivery>> odb_queries::waiting_rows(persistence::lane which,
                                                        lane_position after, time_point now,
                                                        std::int32_t limit) {
  return read([&](sql_session& session) {
    sql_values values;
    values.add(which).add(after.due_at).add(now).add(after.due_at).add(after.id).add(limit);
    std::vector<delivery> rows;
    session.query(waiting_rows_statement(session.dialect()), values, [&](const sql_row& row) {
      rows.push_back({read_transaction(row), nullptr});
    });
    if (!rows.empty()) load_messages(session, rows);
    return rows;
  });
}

std::string free_rows_statement(const sql_dialect& dialect, bool retry) {
  return "SELECT COUNT(*) FROM (SELECT 1 AS one FROM message_transaction" +
         dialect.index("live_by_lane") + " WHERE owner = 0 AND lane " + (retry ? "= 0" : "> 0") +
         " LIMIT ?) AS counted";
}

std::string owned_rows_statement(const sql_dialect& dialect) {
  return "SELECT status, COUNT(*) FROM (SELECT status FROM message_transaction" +
         dialect.index("live_by_lane") + " WHERE owner > 0 LIMIT ?) AS counted GROUP BY status";
}

result<row_counts> odb_queries::count_rows(std::int64_t limit) {
  return read([&](sql_session& session) {
    sql_values values;
    values.add(limit);
    const auto& dialect = session.dialect();
    row_counts counts;
    counts.pending = single(session, free_rows_statement(dialect, false), values);
    counts.failed = single(session, free_rows_statement(dialect, true), values);
    counts.history = single(session,
                            "SELECT COUNT(*) FROM (SELECT 1 AS one FROM "
                            "message_transaction_history LIMIT ?) AS counted",
                            values);
    counts.late_outcomes = single(
        session, "SELECT COUNT(*) FROM (SELECT 1 AS one FROM late_outcome LIMIT ?) AS counted",
        values);
    std::int64_t owned = 0;
    session.query(owned_rows_statement(dialect), values, [&](const sql_row& row) {
      const auto status = row.as<transaction_status>(0);
      auto& count = status == transaction_status::pending      ? counts.pending
                    : status == transaction_status::processing ? counts.processing
                                                               : counts.failed;
      count += row.integer(1);
      owned += row.integer(1);
    });
    counts.at_least = std::max({counts.pending, counts.failed, counts.history, counts.late_outcomes,
                                owned}) >= limit;
    return counts;
  });
}

std::string lane_count_statement(const sql_dialect& dialect, bool due) {
  return "SELECT COUNT(*) FROM (SELECT 1 AS one FROM message_transaction" +
         dialect.index("live_by_lane") + " WHERE owner = 0 AND lane = ? AND due_at " +
         (due ? "<=" : ">") + " ? LIMIT ?) AS counted";
}

result<std::vector<lane_count>> odb_queries::count_lanes(const std::vector<lane>& lanes,
                                                         time_point now, std::int64_t limit) {
  return read([&](sql_session& session) {
    std::vector<lane_count> counts;
    counts.reserve(lanes.size());
    for (const auto one : lanes) {
      sql_values values;
      values.add(one).add(now).add(limit);
      lane_count count{one};
      count.due = single(session, lane_count_statement(session.dialect(), true), values);
      count.later = single(session, lane_count_statement(session.dialect(), false), values);
      count.at_least = count.due >= limit || count.later >= limit;
      counts.push_back(count);
    }
    return counts;
  });
}

}  // namespace postrider::persistence
