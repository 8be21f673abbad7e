#include "base/utf8.hpp"
#include "persistence/apply/odb_ledger.hpp"
#include "persistence/records/node_record-odb.hxx"

#include <odb/database.hxx>

// The part of odb_ledger that keeps nodes and their leases. Lease times are the database's clock.
namespace postrider::persistence {
namespace {

std::int64_t lease_end(sql_session& session, std::chrono::milliseconds lease) {
  return (session.now() + lease).time_since_epoch().count();
}

/// Markers of all but the last thousands of sessions; a lost commit is resolved within seconds.
/// Passes over those that somebody holds, and leaves what is beyond a thousand to the next node.
void forget_old_markers(sql_session& session) {
  constexpr std::int64_t kept = 10'000;
  std::int64_t end = 0;
  session.query("SELECT next_id FROM id_block WHERE name = 'session'", {},
                [&](const sql_row& row) { end = row.integer(0) - kept; });
  sql_values before, old;
  before.add(end);
  session.query("SELECT session FROM batch_marker WHERE session < ? ORDER BY session LIMIT 1000" +
                    std::string(session.dialect().for_update) +
                    std::string(session.dialect().skip_locked),
                before, [&](const sql_row& row) { old.add(row.integer(0)); });
  if (!old.empty())
    session.execute_in("DELETE FROM batch_marker WHERE session IN ({ids})", {}, old);
}

/// The owner lives, and the other node does not.
bool may_be_ended(sql_session& session, node_id owner, const take_over& what) {
  const auto now = session.now();
  sql_values nodes;
  nodes.add(owner).add(what.from);
  bool owner_lives = false, other_is_dead = true;
  session.query("SELECT id, alive, lease_until FROM node WHERE id IN (?, ?)", nodes,
                [&](const sql_row& row) {
                  const bool alive = row.integer(1) != 0;
                  if (row.integer(0) == owner) owner_lives = alive;
                  else other_is_dead = !alive || !what.if_lease_ended || row.time(2) <= now;
                });
  return owner_lives && other_is_dead;
}

}  // namespace

result<node_id> odb_ledger::register_node(const process_identity& process, const std::string& host,
                                          std::chrono::milliseconds lease) {
  auto registered = in_transaction(session_, sql_session::access::write, [&](sql_session& session) {
    node_record record;
    record.id = take_from_counter(session, "node", 1);
    record.boot = tidy_text(process.boot, 64);
    record.pid_namespace = tidy_text(process.pid_namespace, 64);
    record.pid = process.pid;
    record.started = process.started;
    record.host = tidy_text(host, 255);
    record.lease_until = lease_end(session, lease);
    session.odb_database().persist(record);
    return node_id{record.id};
  });
  // In a transaction of its own: what it meets keeps no node from starting.
  if (registered) {
    [[maybe_unused]] const auto forgotten =
        in_transaction(session_, sql_session::access::write,
                       [](sql_session& session) { return forget_old_markers(session), true; });
  }
  return registered;
}

result<int> odb_ledger::end_connections_of(node_id owner, const take_over& what) {
  for (bool again = false;; again = true) {
    try {
      auto& session = session_.get();
      return may_be_ended(session, owner, what) ? session.end_connections_of(what.from) : 0;
    } catch (...) {
      const auto failure = session_.failure_of(std::current_exception());
      // Takeovers are rare: the server or the network has closed an idle connection by now.
      if (again || failure.kind() != failure_kind::connection) return unavailable(failure);
    }
  }
}

result<void> odb_ledger::renew_lease(node_id node, std::chrono::milliseconds lease) {
  auto renewed = in_transaction(session_, sql_session::access::write, [&](sql_session& session) {
    sql_values values;
    values.add(lease_end(session, lease)).add(node);
    return session.execute("UPDATE node SET lease_until = ? WHERE id = ? AND alive = 1", values) ==
           1;
  });
  if (!renewed) return renewed.error();
  if (!*renewed)
    return ledger_error{ledger_errc::fenced,
                        "node " + std::to_string(node) + " was taken over by another process"};
  return {};
}

}  // namespace postrider::persistence
