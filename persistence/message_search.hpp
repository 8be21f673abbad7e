#pragma once

#include "persistence/ledger_queries.hpp"

#include <functional>

/// Lists of messages, newest first.
namespace postrider::persistence {

/// All that is given must hold; an absent or empty member lets every message through.
struct message_filter {
  /// In ascending order; empty: the messages of all users.
  std::vector<user_id> users{};
  std::string reference{};
  /// An address in its stored form, of a recipient or of one of its transactions.
  std::string recipient{};
  /// Members of the metadata: name and value.
  std::vector<std::pair<std::string, std::string>> metadata{};
  /// From the first time on, and before the second.
  std::optional<time_point> created_after{}, created_before{};
  /// Only messages that test keys posted.
  bool test_only = false;
  /// The caller's own condition; null: none.
  std::function<bool(const found_message&)> also{};
};

inline constexpr message_id after_all_messages{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

struct message_list {
  message_filter filter;
  /// Only ids below this one: where the page before ended.
  message_id before = after_all_messages;
  std::int32_t limit = 50;
  /// Messages that one page looks at.
  std::int32_t window = 2'000;
  /// Transactions that it reads at most, but for those of its first message.
  std::int32_t transactions = 5'000;
  /// It reads so many messages at a time, and no more after this time.
  std::int32_t step = 50;
  std::chrono::milliseconds time{40};
};

struct message_page {
  /// Newest first, at most `limit`. Text and HTML are left out.
  std::vector<found_message> rows;
  /// `before` of the next page; nothing when there is none. A page may be short, or empty, and have
  /// a next one.
  std::optional<message_id> next_before;
  /// Messages that were looked at.
  std::int32_t seen = 0;
};

/// The smallest id that a message of this time can have.
message_id first_message_id(time_point created);

}  // namespace postrider::persistence
