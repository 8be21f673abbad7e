#pragma once

#include "persistence/model.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What clients see of a message and of its transactions: plain values. actors/message_status.hpp
/// makes them.
namespace postrider::actors {

struct provider_label {
  std::string name;
  std::string type;
};

struct transaction_info {
  persistence::transaction transaction;
  std::string provider;
  std::string provider_type;
  /// In history.
  bool archived = false;
  /// Nothing will be tried after it in its chain.
  bool final = false;
  /// Of a test key's message.
  bool test = false;
  /// The providers of `transaction.attempts`, in the same order.
  std::vector<provider_label> tried;
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
  /// See read_turns.hpp: whoever has written this down lets it go.
  std::shared_ptr<void> turn;
};

}  // namespace postrider::actors
