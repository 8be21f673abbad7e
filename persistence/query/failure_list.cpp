#include "persistence/query/failure_list.hpp"

#include "persistence/sql/transaction_rows.hpp"

#include <algorithm>
#include <map>

namespace postrider::persistence {
namespace {

class failure_reader {
 public:
  failure_reader(sql_session& session, const failure_query& what)
      : session_(session), what_(what) {}

  failure_groups read() {
    for (std::size_t i = 0; i < lost_by.size(); ++i)
      read_error(lost_by[i], std::ssize(lost_by) - static_cast<std::ptrdiff_t>(i) - 1);
    std::ranges::sort(found_.groups, std::ranges::greater(), &failure_group::count);
    return std::move(found_);
  }

 private:
  /// An error that is frequent leaves a twentieth of the rows to each of those behind it.
  void read_error(error_code error, std::int64_t errors_behind) {
    const auto kept = std::max<std::int64_t>(1, what_.rows / 20);
    const auto share = what_.rows - found_.seen - errors_behind * kept;
    std::map<provider_id, failure_group> by_provider;
    std::int64_t seen = 0;
    sql_values values;
    values.add(error).add(what_.since).add(std::int64_t{share});
    session_.query(newest_failures_statement(session_.dialect()), values, [&](const sql_row& row) {
      ++seen;
      if (fits(row)) add(by_provider[row.as<provider_id>(1)], row);
    });
    found_.seen += seen;
    found_.complete &= seen < share;
    for (auto& [provider, group] : by_provider) {
      group.provider = provider;
      group.error = error;
      group.at_least = seen == share;
      found_.groups.push_back(std::move(group));
    }
  }

  bool fits(const sql_row& row) const {
    return row.integer(2) == 0 &&
           (what_.users.empty() || std::ranges::binary_search(what_.users, row.integer(4))) &&
           (what_.providers.empty() ||
            std::ranges::find(what_.providers, row.as<provider_id>(1)) != what_.providers.end());
  }

  static void add(failure_group& group, const sql_row& row) {
    const auto ended = row.time(3);
    if (group.count == 0 || ended < group.first_at) group.first_at = ended;
    // The first one of those that ended together is the newest.
    if (group.count++ > 0 && ended <= group.last_at) return;
    group.last_at = ended;
    group.last = row.integer(0);
    const auto message = row.text(5);
    std::copy_n(message.begin(), std::min(message.size(), group.message.bytes.size()),
                group.message.bytes.begin());
    group.last_error = row.text(6);
  }

  sql_session& session_;
  const failure_query& what_;
  failure_groups found_;
};

}  // namespace

std::string newest_failures_statement(const sql_dialect& dialect) {
  return "SELECT id, provider_id, superseded_by, completed_at, user_id, message_id, error_message"
         " FROM " +
         std::string(history_table) + dialect.index("history_by_error") +
         " WHERE error_code = ? AND created_at >= ? ORDER BY created_at DESC, id DESC LIMIT ?";
}

failure_groups group_failures(sql_session& session, const failure_query& what) {
  return failure_reader(session, what).read();
}

}  // namespace postrider::persistence
