#include "persistence/query/failure_list.hpp"
#include "persistence/query/odb_queries.hpp"

#include <map>

namespace postrider::persistence {
result<given_up> odb_queries::given_up_since(time_point since, std::int32_t limit) {
  return read([&](sql_session& session) {
    given_up found;
    for (const auto error : lost_by) {
      std::map<provider_id, given_up_count> by_provider;
      std::int32_t seen = 0;
      sql_values values;
      values.add(error).add(time_point()).add(limit);
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
