#include "persistence/query/odb_queries.hpp"
#include "persistence/sql/transaction_rows.hpp"

#include <map>

namespace postrider::persistence {
namespace {

/// Cancelling is what somebody wanted.
constexpr error_code lost_by[] = {error_code::recipient_rejected,
                                  error_code::message_rejected,
                                  error_code::throttled,
                                  error_code::unavailable,
                                  error_code::misconfigured,
                                  error_code::outcome_unknown,
                                  error_code::expired,
                                  error_code::no_route,
                                  error_code::undelivered};

}  // namespace

std::string newest_failures_statement(const sql_dialect& dialect) {
  return "SELECT id, provider_id, superseded_by, completed_at FROM " + std::string(history_table) +
         dialect.index("history_by_error") +
         " WHERE error_code = ? ORDER BY created_at DESC, id DESC LIMIT ?";
}

result<given_up> odb_queries::given_up_since(time_point since, std::int32_t limit) {
  return read([&](sql_session& session) {
    given_up found;
    for (const auto error : lost_by) {
      std::map<provider_id, given_up_count> by_provider;
      std::int32_t seen = 0;
      sql_values values;
      values.add(static_cast<std::int64_t>(error)).add(limit);
      session.query(newest_failures_statement(session.dialect()), values, [&](const sql_row& row) {
        ++seen;
        const auto ended = row.time(3);
        if (row.integer(2) != 0 || ended < since) return;
        auto& count = by_provider[row.as<provider_id>(1)];
        // The first one of those that ended together is the newest.
        if (count.count++ == 0 || ended > count.last_at)
          count.last_at = ended, count.last = row.integer(0);
      });
      for (auto& [provider, count] : by_provider) {
        count.provider = provider;
        count.error = error;
        found.counts.push_back(count);
      }
      found.at_least |= seen == limit && !by_provider.empty();
    }
    return found;
  });
}

}  // namespace postrider::persistence
