#pragma once

#include "persistence/ledger.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postrider::tests {

/// A reader of the feed, all day long, that keeps its place as a client does. What it was told is
/// compared with the rows in the end.
class event_audit {
 public:
  explicit event_audit(persistence::ledger_database& database)
      : queries_(database.open_queries()) {}

  /// Reads about `limit` events; says what is wrong with them.
  std::vector<std::string> read(persistence::time_point now, std::int32_t limit);
  /// Reads the rest.
  std::vector<std::string> read_all(persistence::time_point now);
  /// Compares the events of a message with its rows, unless retention took some.
  std::vector<std::string> check(const persistence::message_id& message);

  std::uint64_t events() const { return events_; }

 private:
  using told = std::vector<persistence::found_event>;

  void note(const persistence::found_event& found, std::vector<std::string>& wrong);

  std::unique_ptr<persistence::ledger_queries> queries_;
  /// As the client stored it.
  std::string place_ = "1.0.0.0.0.0";
  bool more_ = false;
  /// Retention was faster than this reader.
  bool missed_some_ = false;
  std::uint64_t events_ = 0;
  std::map<persistence::message_id, told> told_;
};

}  // namespace postrider::tests
