#include "persistence/late_outcomes.hpp"

#include "persistence/encoding.hpp"

namespace postrider::persistence {

void late_outcomes::keep(transaction_id id, transaction_status status, const attempt_result& result) {
  records_.push_back({id, status, result});
}

void late_outcomes::write() {
  if (records_.empty()) return;
  sql_values values;
  for (const auto& r : records_) {
    values.add(r.id).add(batch_.owner).add(r.status).add(r.result.error);
    values.own(tidy_text(r.result.error_message, max_error_message_bytes));
    values.own(tidy_text(r.result.provider_ref, max_provider_ref_bytes)).add(batch_.now);
  }
  session_.insert_rows(
      "INSERT INTO late_outcome (transaction_id, owner, status, error_code, error_message, provider_ref,"
      " created_at)",
      7, values);
}

}  // namespace postrider::persistence
