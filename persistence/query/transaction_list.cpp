#include "persistence/query/transaction_list.hpp"

#include "persistence/sql/transaction_rows.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace postrider::persistence {
namespace {

constexpr transaction_id no_row = 0;
constexpr bool live_then_history[] = {false, true};

/// The order of ids in a table, or of the ids of one user.
std::string index_of(const sql_dialect& dialect, bool archived, bool one_user) {
  if (!one_user) return std::string(dialect.use_primary);
  return dialect.index(archived ? "history_by_user" : "live_by_user");
}

std::string from(const sql_dialect& dialect, bool archived, bool one_user) {
  return " FROM " + std::string(table_of(archived)) + index_of(dialect, archived, one_user) +
         " WHERE " + (one_user ? "user_id = ? AND " : "");
}

/// Few different statements, since each stays prepared: the last provider is repeated.
std::size_t places_for(std::size_t providers) {
  std::size_t places = providers == 0 ? 0 : 1;
  while (places < providers)
    places *= 4;
  return places;
}

/// No filter, or one that an index answers: then every row that is read is in the page.
bool selective(const list_filter& filter) {
  return filter.status || filter.error || !filter.recipient.empty() || !filter.providers.empty() ||
         filter.created_after || filter.created_before;
}

class page_reader {
 public:
  page_reader(sql_session& session, const transaction_list& what)
      : session_(session),
        what_(what),
        until_(std::chrono::steady_clock::now() + what.time),
        before_(what.before) {}

  transaction_page read() {
    if (what_.filter.created_before) skip_newer(*what_.filter.created_before + id_disorder);
    transaction_page page;
    if (selective(what_.filter)) read_steps(page.rows);
    else read_both(page.rows);
    std::ranges::sort(page.rows, std::greater(),
                      [](const found_transaction& f) { return f.transaction.id; });
    if (std::ssize(page.rows) > what_.limit) {
      page.rows.resize(static_cast<std::size_t>(what_.limit));
      page.next_before = page.rows.back().transaction.id;
    } else if (floor_ != no_row && !ends_here_) {
      page.next_before = floor_;
    }
    return page;
  }

 private:
  bool wanted(bool archived) const {
    return !what_.filter.archived || *what_.filter.archived == archived;
  }

  void add_user(sql_values& values) const {
    if (what_.filter.user) values.add(*what_.filter.user);
  }

  void read_both(std::vector<found_transaction>& rows) {
    for (const bool archived : live_then_history)
      if (wanted(archived)) read_rows(archived, rows);
  }

  void read_steps(std::vector<found_transaction>& rows) {
    for (std::int32_t left = what_.window; left > 0; left -= what_.step) {
      find_floor(std::min(left, what_.step));
      read_both(rows);
      if (floor_ == no_row || ends_here_ || std::ssize(rows) > what_.limit) return;
      before_ = floor_;
      if (std::chrono::steady_clock::now() >= until_) return;
    }
  }

  /// A step ends where it is full in the first of the tables; `no_row` when neither fills one.
  void find_floor(std::int32_t step) {
    floor_ = no_row;
    for (const bool archived : live_then_history) {
      if (!wanted(archived)) continue;
      sql_values values;
      add_user(values);
      values.add(before_).add(step - 1);
      session_.query(window_statement(session_.dialect(), archived, what_.filter.user.has_value()),
                     values,
                     [&](const sql_row& row) { floor_ = std::max(floor_, row.integer(0)); });
    }
    const auto oldest = floor_ == no_row ? std::nullopt : created(floor_, before_);
    if (oldest && what_.filter.created_after &&
        oldest->time + id_disorder < *what_.filter.created_after)
      ends_here_ = true;
  }

  struct creation {
    transaction_id id;
    time_point time;
  };

  /// The first row from `id` on, in either table.
  std::optional<creation> created(transaction_id id, transaction_id before) {
    std::optional<creation> first;
    for (const bool archived : live_then_history) {
      sql_values values;
      values.add(id).add(before);
      session_.query(creation_statement(session_.dialect(), archived), values,
                     [&](const sql_row& row) {
                       if (!first || row.integer(0) < first->id)
                         first = creation{row.integer(0), row.time(1)};
                     });
    }
    return first;
  }

  /// Brings `before_` down to where rows can be as old as `end`, by halves: ids are in the order of
  /// creation but for `id_disorder`.
  void skip_newer(time_point end) {
    transaction_id low = 1, high = std::min(before_, newest() + 1);
    while (high - low > std::min(what_.window, what_.step) / 4) {
      const auto middle = low + (high - low) / 2;
      const auto row = created(middle, high);
      if (!row || row->time > end) high = middle;
      else low = row->id + 1;
    }
    before_ = high;
  }

  transaction_id newest() {
    transaction_id id = no_row;
    for (const bool archived : live_then_history)
      session_.query("SELECT MAX(id) FROM " + std::string(table_of(archived)), {},
                     [&](const sql_row& row) { id = std::max(id, row.integer(0)); });
    return id;
  }

  void read_rows(bool archived, std::vector<found_transaction>& rows) {
    const auto& filter = what_.filter;
    using limits = std::numeric_limits<std::int64_t>;
    sql_values values;
    add_user(values);
    const auto status = filter.status ? static_cast<std::int64_t>(*filter.status) : -1;
    const auto error = filter.error ? static_cast<std::int64_t>(*filter.error) : -1;
    values.add(before_).add(floor_).add(status).add(status).add(error).add(error);
    values.add(std::string_view(filter.recipient)).add(std::string_view(filter.recipient));
    values.add(filter.created_after ? filter.created_after->time_since_epoch().count()
                                    : limits::min());
    values.add(filter.created_before ? filter.created_before->time_since_epoch().count()
                                     : limits::max());
    const auto places = places_for(filter.providers.size());
    for (std::size_t i = 0; i < places; ++i)
      values.add(filter.providers[std::min(i, filter.providers.size() - 1)]);
    values.add(what_.limit + 1);
    session_.query(page_statement(session_.dialect(), archived, filter.user.has_value(), places),
                   values, [&](const sql_row& row) {
                     rows.push_back({read_transaction(row), archived});
                   });
  }

  sql_session& session_;
  const transaction_list& what_;
  const std::chrono::steady_clock::time_point until_;
  transaction_id before_;
  transaction_id floor_ = no_row;
  /// Below this step every row is too old.
  bool ends_here_ = false;
};

}  // namespace

std::string window_statement(const sql_dialect& dialect, bool archived, bool one_user) {
  return "SELECT id" + from(dialect, archived, one_user) +
         "id < ? ORDER BY id DESC LIMIT 1 OFFSET ?";
}

std::string page_statement(const sql_dialect& dialect, bool archived, bool one_user,
                           std::size_t providers) {
  std::string sql = "SELECT " + transaction_column_list() + from(dialect, archived, one_user) +
                    "id < ? AND id >= ? AND (? < 0 OR status = ?) AND (? < 0 OR error_code = ?)"
                    " AND (? = '' OR recipient = ?) AND created_at >= ? AND created_at < ?";
  if (providers > 0) {
    sql += " AND provider_id IN (?";
    for (std::size_t i = 1; i < providers; ++i)
      sql += ",?";
    sql += ")";
  }
  return sql + " ORDER BY id DESC LIMIT ?";
}

std::string creation_statement(const sql_dialect& dialect, bool archived) {
  return "SELECT id, created_at" + from(dialect, archived, false) +
         "id >= ? AND id < ? ORDER BY id LIMIT 1";
}

transaction_page list_transactions(sql_session& session, const transaction_list& what) {
  return page_reader(session, what).read();
}

}  // namespace postrider::persistence
