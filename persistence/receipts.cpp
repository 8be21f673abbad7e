#include "persistence/receipts.hpp"

#include "persistence/batch_run.hpp"
#include "persistence/encoding.hpp"

#include <algorithm>

namespace postrider::persistence {

using place = working_set::place;

bool is_undelivered(const transaction& row) {
  return row.status == transaction_status::success && row.receipt == receipt::undelivered &&
         row.fallback_on_undelivered && row.superseded_by == 0;
}

transaction as_undelivered(transaction row, std::string_view detail, time_point now) {
  row.status = transaction_status::failed;
  row.error = error_code::undelivered;
  row.error_message = tidy_text(detail.empty() ? "the provider could not deliver it" : detail,
                                max_error_message_bytes);
  row.owner = 0;
  row.due_at = now;
  row.updated_at = now;
  row.completed_at.reset();
  return row;
}

std::string find_by_ref_statement(const sql_dialect& dialect) {
  return "SELECT id, provider_id, provider_ref FROM message_transaction_history" +
         dialect.index("history_by_provider_ref") + " WHERE provider_ref IN ({ids})";
}

void batch_run::load_receipts() {
  sql_values refs;
  for (const auto& each : batch_.transitions) {
    const auto* t = std::get_if<record_receipt>(&each);
    if (!t || t->id != 0) continue;
    for (const auto& ref : t->provider_refs)
      if (!ref.empty()) refs.add(std::string_view(ref));
  }
  if (refs.empty()) return;
  const auto found = [&](const sql_row& row) {
    for (std::size_t i = 0; i < batch_.transitions.size(); ++i) {
      const auto* t = std::get_if<record_receipt>(&batch_.transitions[i]);
      if (t && t->id == 0 && t->provider == row.as<provider_id>(1) &&
          std::ranges::find(t->provider_refs, row.text(2)) != t->provider_refs.end())
        receipts_by_ref_[i] = row.integer(0);
    }
  };
  session_.query_in(find_by_ref_statement(session_.dialect()), {}, refs, found);
}

void batch_run::on(const record_receipt& t, transition_result& r) {
  const auto number = static_cast<std::size_t>(&r - results_.data());
  const auto by_ref = receipts_by_ref_.find(number);
  const auto id = t.id != 0 ? t.id : by_ref != receipts_by_ref_.end() ? by_ref->second : 0;
  const auto& found = rows_.find(id);
  if (id == 0 || found.now_in == place::nowhere) {
    r.status = transition_status::conflict;
    return;
  }
  r.ids = {id};
  store_receipt(found.row, t, r);
}

void batch_run::store_receipt(transaction row, const record_receipt& t, transition_result& r) {
  if (t.kind <= row.receipt) return;
  row.receipt = t.kind;
  row.receipt_at = row.updated_at = batch_.now;
  if (is_undelivered(row) && rows_.find(row.id).now_in == place::history) {
    r.count = 1;
    return rows_.restore(as_undelivered(std::move(row), t.detail, batch_.now));
  }
  rows_.change(row);
  // What is being sent has its outcome still to come; see settled_by_receipt().
  const bool open =
      row.status == transaction_status::pending || row.status == transaction_status::failed;
  if (open && proves_acceptance(t.kind)) {
    const auto& ref = !row.provider_ref.empty() || t.provider_refs.empty()
                          ? row.provider_ref
                          : t.provider_refs.front();
    late_.keep(row.id, transaction_status::success, {error_code::none, {}, ref});
  }
}

bool batch_run::settled_by_receipt(const transaction& row, const attempt_result& result) {
  if (result.error != error_code::outcome_unknown || !proves_acceptance(row.receipt)) return false;
  auto accepted = with_result(row, {error_code::none, {}, result.provider_ref});
  accepted.status = transaction_status::success;
  accepted.owner = 0;
  accepted.completed_at = batch_.now;
  rows_.archive(accepted);
  late_.also_accepted(accepted);
  return true;
}

}  // namespace postrider::persistence
