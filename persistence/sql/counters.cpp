#include "persistence/sql/counters.hpp"

#include <odb/transaction.hxx>

#include <algorithm>

namespace postrider::persistence {
void lock_counter(sql_session& session, std::string_view name) {
  sql_values values;
  values.add(name);
  session.query(
      "SELECT next_id FROM id_block WHERE name = ?" + std::string(session.dialect().for_update),
      values, [](const sql_row&) {});
}

std::int64_t take_from_counter(sql_session& session, std::string_view name, std::int64_t count) {
  sql_values by, of;
  by.add(count).add(name);
  of.add(name);
  session.execute("UPDATE id_block SET next_id = next_id + ? WHERE name = ?", by);
  std::int64_t end = 0;
  session.query("SELECT next_id FROM id_block WHERE name = ?", of,
                [&](const sql_row& row) { end = row.integer(0); });
  return end - count;
}

std::vector<transaction_id> transaction_ids::take(sql_session& session, std::size_t count,
                                                  time_point now) {
  const std::lock_guard lock(mutex_);
  if (now - reserved_ > block_life || now < reserved_ - block_life) next_ = end_;
  std::vector<transaction_id> ids;
  ids.reserve(count);
  while (ids.size() < count) {
    if (next_ == end_) {
      const auto size = std::max(block_size, static_cast<std::int64_t>(count - ids.size()));
      auto transaction = session.begin(sql_session::access::write);
      const auto first = take_from_counter(session, "transaction", size);
      session.commit(*transaction);
      next_ = first;
      end_ = first + size;
      reserved_ = now;
    }
    ids.push_back(next_++);
  }
  return ids;
}

}  // namespace postrider::persistence
