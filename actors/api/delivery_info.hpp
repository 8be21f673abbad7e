#pragma once

#include "persistence/model.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A message and its transactions as clients see them: plain values.
/// actors/rules/message_status.hpp makes them.
namespace postrider::actors {

struct provider_label {
  std::string name;
  std::string type;
};

enum class waiting_reason : std::uint8_t {
  scheduled,      ///< its time, which the client named, has not come
  turn,           ///< it is due, and its provider takes messages: for room there
  provider_down,  ///< for the provider to take messages again
  provider_off,   ///< for the provider to be switched on, or to be in the configuration again
  throttled,      ///< the provider named a time
  next_round,     ///< all providers were tried
  retry,          ///< its last attempt failed: for the next one
};
std::string_view to_string(waiting_reason reason);
/// True when it is one provider that the transaction waits for.
bool is_for_provider(waiting_reason reason);

/// The reason why a transaction is not being sent now.
struct waiting_info {
  waiting_reason reason = waiting_reason::turn;
  /// The time from which on it has waited to be sent; scheduled: when it was accepted.
  persistence::time_point since{};
  /// The end of the chain's patience or the message's expiry, whichever comes first; nothing: there
  /// is no end.
  std::optional<persistence::time_point> until;
  /// Nothing: as soon as the provider takes it.
  std::optional<persistence::time_point> next_at;
  /// All attempts of the chain so far.
  std::int64_t attempts = 0;
};

struct transaction_info {
  persistence::transaction transaction;
  std::string provider;
  std::string provider_type;
  /// In history.
  bool archived = false;
  /// Nothing will be tried after it in its chain.
  bool final = false;
  /// The message was posted with a test key.
  bool test = false;
  /// The providers of `transaction.attempts`, in the same order.
  std::vector<provider_label> tried;
  /// Nothing: it is being sent, or has ended.
  std::optional<waiting_info> waits_for;
};

enum class delivery_status { pending, processing, success, failed, partial };
std::string_view to_string(delivery_status status);

/// The end of a delivery to one recipient.
enum class delivery_outcome : std::uint8_t {
  sent,         ///< a provider accepted it, and there is no receipt
  delivered,    ///< a receipt says that it arrived, or a person
  undelivered,  ///< a receipt says that it did not arrive
  cancelled,
  expired,
  unknown,  ///< it may have arrived
  failed,   ///< it was surely not sent, or a person gave it up
};
inline constexpr std::array all_outcomes{delivery_outcome::sent,        delivery_outcome::delivered,
                                         delivery_outcome::undelivered, delivery_outcome::cancelled,
                                         delivery_outcome::expired,     delivery_outcome::unknown,
                                         delivery_outcome::failed};
std::string_view to_string(delivery_outcome outcome);

struct recipient_info {
  std::string recipient;
  delivery_status status = delivery_status::pending;
  /// Nothing: the delivery goes on.
  std::optional<delivery_outcome> outcome;
  /// All chains, oldest transaction first.
  std::vector<transaction_info> transactions;
};

struct message_info {
  persistence::message message;
  delivery_status status = delivery_status::pending;
  /// Nothing: it was to be sent at once.
  std::optional<persistence::time_point> send_at;
  std::optional<persistence::time_point> expires_at;
  persistence::priority priority = persistence::priority::normal;
  persistence::on_unknown on_unknown = persistence::on_unknown::by_provider;
  std::int32_t max_retries = 0;
  std::vector<recipient_info> recipients;
  /// The place of this read (read_turns.hpp); its last holder lets the next read begin.
  std::shared_ptr<void> turn;
};

}  // namespace postrider::actors
