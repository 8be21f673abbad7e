#pragma once

#include "actors/providers/driver.hpp"
#include "actors/rules/circuit.hpp"
#include "persistence/model.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Which provider delivers: pure functions, shared by sending and explaining.
namespace postrider::actors {

/// A provider as the rule sees it.
struct routed_provider {
  persistence::provider_id id = 0;
  std::string name;
  std::string type;
  std::int32_t priority = 100;
  bool active = true;
  /// Its circuit is open, or half-open with its probe under way.
  bool circuit_open = false;
  /// Null when this process has no configuration for it.
  const actors::driver* driver = nullptr;
  /// A provider of test mode: it takes the messages of test keys, and no other provider does.
  bool test = false;
  /// Its circuit is open only until the end of the probe that is under way.
  bool probing = false;
};

/// Why a provider never takes a content, by provider.
using content_refusals = std::map<persistence::provider_id, std::string>;
/// Asks every driver once for a message, however many recipients it has.
content_refusals refusals_of(const persistence::message& message,
                             std::span<const routed_provider> providers);

struct routing_request {
  const persistence::message* message = nullptr;
  std::int32_t recipient_no = 0;
  /// The type for users without a list.
  std::string_view default_type;
  /// The user's own list; empty: the user has none.
  std::span<const persistence::user_provider> user_list;
  std::span<const routed_provider> providers;
  /// The chain so far, oldest first.
  std::span<const persistence::attempt> attempts;
  /// Null: every provider takes the content.
  const content_refusals* refused_content = nullptr;
};

enum class exclusion : std::uint8_t {
  none,
  user_provider_inactive,
  provider_inactive,
  not_configured,  ///< this process has no such provider
  other_type,      ///< the client wants no fallback to other types
  no_address,      ///< it cannot reach this recipient
  content,         ///< it cannot take this content
  rejected,        ///< it rejected the recipient or the content earlier in this chain
};
std::string_view to_string(exclusion reason);

struct candidate {
  persistence::provider_id provider = 0;
  /// Empty when excluded.
  std::string address;
  exclusion excluded = exclusion::none;
  bool circuit_open = false;
  /// How often this chain tried it.
  std::int32_t tries = 0;
  /// As the message says, or else the line of the user's list.
  bool fallback_on_undelivered = false;
  /// More about the exclusion, for a person; may be empty.
  std::string detail;
  /// Its line: of the user's own list or of the default order, its priority there, and whether it
  /// is of the type that is tried first.
  std::int32_t priority = 0;
  bool preferred_type = false;
  bool from_user_list = false;
  /// Its circuit is open only until the end of the probe that is under way.
  bool probing = false;
};

/// All candidates: first those that can be used, in the order in which they are to be tried next,
/// then the excluded ones.
///
/// 0. A message of a test key goes through providers of test mode only, and no other message does.
/// Its user's list names the test provider of the same type instead.
/// 1. The user's list; without one the active providers of the default type, then the other active
/// ones.
/// 2. What does not fit (no address, content that it cannot take, rejected before) is excluded.
/// 3. Order: the requested type first, then priority, then id.
/// 4. After an attempt the order goes on behind the provider that was tried last, round the list.
/// 5. A provider whose circuit is open goes behind all healthy ones.
std::vector<candidate> rank(const routing_request& request);

/// The best usable candidate, if any.
const candidate* first_usable(std::span<const candidate> candidates);

}  // namespace postrider::actors
