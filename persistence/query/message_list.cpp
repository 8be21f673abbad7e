#include "persistence/query/message_list.hpp"

#include "persistence/message_terms.hpp"
#include "persistence/query/odb_queries.hpp"
#include "persistence/sql/transaction_rows.hpp"

#include <algorithm>
#include <map>

namespace postrider::persistence {
namespace {

/// Clocks of nodes differ, and an id may run ahead of its clock.
constexpr std::chrono::minutes message_id_disorder{1};
/// Ids that are read for one user at a time, with many users and with one.
constexpr std::int32_t few_ids = 4, many_ids = 64;

message_id read_id(const sql_row& row, int column) {
  message_id id;
  const auto bytes = row.text(column);
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()), id.bytes.begin());
  return id;
}

/// Ids along one index, newest first.
class id_source {
 public:
  id_source(sql_session& session, message_order order, std::int64_t of, message_id before,
            message_id from, std::int32_t batch)
      : session_(session),
        sql_(next_messages_statement(session.dialect(), order)),
        order_(order),
        of_(of),
        before_(before),
        from_(from),
        batch_(batch) {}

  const message_id* front() {
    if (at_ == ids_.size() && !ended_) fill();
    return at_ < ids_.size() ? &ids_[at_] : nullptr;
  }
  void pop() { ++at_; }

 private:
  void fill() {
    ids_.clear();
    at_ = 0;
    sql_values values;
    if (order_ != message_order::all) values.add(of_);
    values.add(before_).add(from_).add(batch_);
    session_.query(sql_, values, [&](const sql_row& row) { ids_.push_back(read_id(row, 0)); });
    ended_ = std::ssize(ids_) < batch_;
    if (!ids_.empty()) before_ = ids_.back();
  }

  sql_session& session_;
  std::string sql_;
  message_order order_;
  std::int64_t of_;
  message_id before_, from_;
  std::int32_t batch_;
  std::vector<message_id> ids_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

class message_reader {
 public:
  message_reader(sql_session& session, const message_list& what)
      : session_(session), what_(what), until_(std::chrono::steady_clock::now() + what.time) {
    open_sources();
  }

  message_page read() {
    while (!full_ && page_.seen < what_.window) {
      const auto ids = next_ids();
      if (ids.empty()) return std::move(page_);
      look_at(ids);
      if (!full_ && std::chrono::steady_clock::now() >= until_) break;
    }
    if (next_source() != nullptr || full_) page_.next_before = last_;
    return std::move(page_);
  }

 private:
  const message_filter& filter() const { return what_.filter; }

  void open_sources() {
    auto before = what_.before;
    if (filter().created_before)
      before = std::min(before, first_message_id(*filter().created_before + message_id_disorder));
    message_id from{};
    if (filter().created_after)
      from = first_message_id(*filter().created_after - message_id_disorder);
    const auto open = [&](message_order order, std::int64_t of, std::int32_t batch) {
      sources_.emplace_back(session_, order, of, before, from, batch);
    };
    if (const auto term = best_term()) return open(message_order::of_term, *term, many_ids);
    for (const auto user : filter().users)
      open(message_order::of_user, user, filter().users.size() == 1 ? many_ids : few_ids);
    if (sources_.empty()) open(message_order::all, 0, many_ids);
  }

  /// The word that most likely names few messages.
  std::optional<message_term> best_term() const {
    if (!filter().reference.empty()) return term_of(term_kind::reference, {}, filter().reference);
    if (!filter().recipient.empty()) return term_of(term_kind::recipient, {}, filter().recipient);
    if (filter().metadata.empty()) return std::nullopt;
    const auto& [name, value] = filter().metadata.front();
    return term_of(term_kind::metadata, name, value);
  }

  id_source* next_source() {
    id_source* best = nullptr;
    for (auto& one : sources_)
      if (one.front() && (!best || *best->front() < *one.front())) best = &one;
    return best;
  }

  std::vector<message_id> next_ids() {
    std::vector<message_id> ids;
    const auto wanted = std::min(what_.step, what_.window - page_.seen);
    while (std::ssize(ids) < wanted) {
      auto* source = next_source();
      if (source == nullptr) break;
      ids.push_back(*source->front());
      source->pop();
    }
    return ids;
  }

  void look_at(const std::vector<message_id>& ids) {
    std::map<message_id, found_message> found;
    sql_values values;
    for (const auto& id : ids)
      values.add(id);
    session_.query_in("SELECT " + columns() + " FROM message WHERE id IN ({ids})", {}, values,
                      [&](const sql_row& row) {
                        auto message = read_message(row);
                        const auto id = message.id;
                        found.emplace(id, found_message{std::move(message), {}});
                      });
    std::erase_if(found, [&](const auto& one) { return !fits(one.second.message); });
    for (auto at = ids.begin(); at != ids.end() && !full_;)
      at = take_some(at, ids.end(), found);
  }

  /// The words are compared here: two may have one term.
  bool fits(const message& m) const {
    const auto& f = filter();
    if (!f.users.empty() && !std::ranges::binary_search(f.users, m.user)) return false;
    if (!f.reference.empty() && m.reference != f.reference) return false;
    if (f.created_after && m.created_at < *f.created_after) return false;
    if (f.created_before && m.created_at >= *f.created_before) return false;
    if (f.test_only && !m.test) return false;
    if (f.metadata.empty()) return true;
    const auto members = metadata_members(m.metadata);
    return std::ranges::all_of(f.metadata, [&](const auto& wanted) {
      return std::ranges::find(members, wanted) != members.end();
    });
  }

  bool has_recipient(const found_message& one) const {
    const auto& wanted = filter().recipient;
    if (wanted.empty()) return true;
    return std::ranges::any_of(one.message.recipients,
                               [&](const recipient& r) {
                                 return r.phone == wanted || r.email == wanted || r.url == wanted;
                               }) ||
           std::ranges::any_of(one.transactions, [&](const found_transaction& t) {
             return t.transaction.recipient == wanted;
           });
  }

  using id_iterator = std::vector<message_id>::const_iterator;

  /// Reads the transactions of as many messages as have few recipients together.
  id_iterator take_some(id_iterator at, id_iterator end,
                        std::map<message_id, found_message>& found) {
    constexpr std::size_t recipients_at_once = 500;
    sql_values values;
    std::size_t recipients = 0;
    auto last = at;
    for (; last != end && recipients < recipients_at_once; ++last)
      if (const auto one = found.find(*last); one != found.end()) {
        values.add(one->first);
        recipients += one->second.message.recipients.size();
      }
    if (!values.empty())
      for (const bool archived : {false, true})
        session_.query_in(rows_of_messages_in_statement(session_.dialect(), archived), {}, values,
                          [&](const sql_row& row) {
                            auto t = read_transaction(row);
                            const auto one = found.find(t.message);
                            if (one != found.end())
                              one->second.transactions.push_back({std::move(t), archived});
                          });
    for (; at != last && !full_; ++at)
      keep(*at, found);
    return last;
  }

  void keep(const message_id& id, std::map<message_id, found_message>& found) {
    ++page_.seen;
    last_ = id;
    const auto one = found.find(id);
    if (one == found.end()) return;
    auto& message = one->second;
    std::ranges::sort(message.transactions, {}, [](const found_transaction& f) {
      return std::tuple(f.transaction.recipient_no, f.transaction.chain_no,
                        f.transaction.retry_count);
    });
    read_ += std::ssize(message.transactions);
    if (has_recipient(message) && (!filter().also || filter().also(message)))
      page_.rows.push_back(std::move(message));
    full_ = std::ssize(page_.rows) >= what_.limit || read_ >= what_.transactions;
  }

  static std::string columns() {
    std::string list(message_columns);
    for (const std::string_view large : {"body", "html"}) {
      const auto at = list.find(std::string(large) + ",");
      list.replace(at, large.size(), "''");
    }
    return list;
  }

  sql_session& session_;
  const message_list& what_;
  const std::chrono::steady_clock::time_point until_;
  std::vector<id_source> sources_;
  message_page page_;
  message_id last_{};
  std::int64_t read_ = 0;
  bool full_ = false;
};

}  // namespace

message_id first_message_id(time_point created) {
  const auto ms = std::max<std::int64_t>(
      0, std::chrono::floor<std::chrono::milliseconds>(created).time_since_epoch().count());
  message_id id;
  for (int i = 0; i < 6; ++i)
    id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  return id;
}

std::string next_messages_statement(const sql_dialect& dialect, message_order order) {
  const std::string range = " < ? AND ", below = " >= ? ORDER BY ", rest = " DESC LIMIT ?";
  const auto of = [&](const std::string& from, const std::string& column) {
    return "SELECT " + column + " FROM " + from + column + range + column + below + column + rest;
  };
  switch (order) {
    case message_order::of_user:
      return of("message" + dialect.index("message_by_user") + " WHERE user_id = ? AND ", "id");
    case message_order::of_term:
      return of("message_term" + dialect.index("message_by_term") + " WHERE term = ? AND ",
                "message_id");
    case message_order::all: break;
  }
  return of("message" + std::string(dialect.use_primary) + " WHERE ", "id");
}

message_page list_messages(sql_session& session, const message_list& what) {
  return message_reader(session, what).read();
}

}  // namespace postrider::persistence
