#include "tests/persistence/ledger_fixture.hpp"

#include <ostream>

namespace postrider::test {

message_id make_message_id() {
  static std::uint64_t count = 0;
  ++count;
  message_id id;
  for (int i = 0; i < 8; ++i)
    id.bytes[15 - i] = static_cast<std::uint8_t>(count >> 8 * i);
  return id;
}

ledger_fixture::ledger_fixture() {
  settings.clock = [this] { return now; };
  reopen();
}

void ledger_fixture::reopen() {
  writer.reset();
  queries.reset();
  open();
  writer = database().open_ledger();
  queries = database().open_queries();
  node = new_node();
}

node_id ledger_fixture::new_node(seconds lease) {
  return writer->register_node({"boot", "pid:[1]", 42, 7}, "here", lease).value();
}

ledger_batch ledger_fixture::batch(std::vector<transition> transitions) const {
  return {node, now, std::move(transitions)};
}

batch_result ledger_fixture::apply(std::vector<transition> transitions) {
  return apply_as(node, std::move(transitions));
}

batch_result ledger_fixture::apply_as(node_id owner, std::vector<transition> transitions) {
  auto applied = writer->apply({owner, now, transitions});
  // Where statements have little time (lock_fixture), a busy disk can take it all. Nothing was
  // changed then.
  for (int i = 0; i < 20 && applied.has_error() && applied.error().code == ledger_errc::locked; ++i)
    applied = writer->apply({owner, now, transitions});
  if (!applied) BOOST_FAIL(applied.error().message);
  for (const auto& r : *applied)
    if (!r.reason.empty()) BOOST_TEST_MESSAGE("refused: " << r.reason);
  return *applied;
}

accept_message ledger_fixture::accept(int recipients, std::optional<node_id> owner) {
  auto m = std::make_shared<message>();
  m->id = make_message_id();
  m->user = 1;
  m->text = "hello";
  m->created_at = now;
  accept_message accept;
  for (int i = 0; i < recipients; ++i) {
    const auto phone = "+1555000" + std::to_string(1000 + i);
    m->recipients.push_back({phone, "", ""});
    transaction t;
    t.recipient_no = i;
    t.user = 1;
    t.provider = provider;
    t.recipient = phone;
    t.max_retries = 5;
    t.owner = owner.value_or(node);
    t.due_at = now;
    accept.transactions.push_back(t);
  }
  accept.message = std::move(m);
  return accept;
}

transaction_id ledger_fixture::pending() { return apply({accept()}).at(0).ids.at(0); }

transaction_id ledger_fixture::processing() {
  const auto id = pending();
  BOOST_REQUIRE_EQUAL(status_of(begin_delivery{id}), transition_status::applied);
  return id;
}

transaction_id ledger_fixture::failed(error_code error) {
  const auto id = processing();
  BOOST_REQUIRE_EQUAL(status_of(fail_for_now{id, {error, "no", ""}, now}),
                      transition_status::applied);
  return id;
}

retry_with ledger_fixture::retry(transaction_id id, error_code error, transaction_status expected) {
  retry_with r;
  r.id = id;
  r.expected = expected;
  r.result.error = error;
  r.successor = find(id).transaction;
  r.successor.retry_count += 1;
  r.successor.retries_used += may_have_arrived(error) ? 1 : 0;
  r.successor.possible_duplicate = error == error_code::outcome_unknown;
  r.successor.owner = node;
  r.successor.error = error_code::none;
  r.successor.error_message.clear();
  return r;
}

finish ledger_fixture::accepted(transaction_id id) {
  return {id,
          transaction_status::processing,
          transaction_status::success,
          {error_code::none, "", "ref-" + std::to_string(id)}};
}

finish ledger_fixture::gave_up(transaction_id id, error_code error) {
  return {id, transaction_status::processing, transaction_status::failed, {error, "gave up", ""}};
}

found_transaction ledger_fixture::find(transaction_id id) {
  auto found = queries->find_transaction(id).value();
  BOOST_REQUIRE_MESSAGE(found, "transaction " << id << " is gone");
  return *found;
}

bool ledger_fixture::gone(transaction_id id) { return !queries->find_transaction(id).value(); }

std::vector<transaction_id> ledger_fixture::claim_ids(persistence::lane lane, int limit) {
  std::vector<transaction_id> ids;
  const auto applied = apply({claim{lane, limit}});
  for (const auto& row : applied.at(0).rows)
    ids.push_back(row.transaction.id);
  return ids;
}

void ledger_fixture::check_invariants() {
  const auto found = queries->verify(100).value();
  for (const auto& v : found.violations)
    BOOST_ERROR("invariant " << v.invariant << ": " << v.detail);
}

}  // namespace postrider::test

namespace postrider::persistence {

std::ostream& operator<<(std::ostream& out, transaction_status status) {
  return out << to_string(status);
}
std::ostream& operator<<(std::ostream& out, error_code code) {
  return out << '"' << to_string(code) << '"';
}
std::ostream& operator<<(std::ostream& out, transition_status status) {
  constexpr std::string_view names[] = {"applied", "conflict", "refused"};
  return out << names[static_cast<int>(status)];
}
std::ostream& operator<<(std::ostream& out, ledger_errc code) {
  constexpr std::string_view names[] = {
      "?",      "unavailable",  "locked", "full",        "no_writes", "withdrawn", "unknown_result",
      "fenced", "wrong_schema", "in_use", "bad_settings"};
  return out << names[static_cast<int>(code)];
}
std::ostream& operator<<(std::ostream& out, schema_state state) {
  constexpr std::string_view names[] = {"current", "missing", "older", "newer"};
  return out << names[static_cast<int>(state)];
}

}  // namespace postrider::persistence
