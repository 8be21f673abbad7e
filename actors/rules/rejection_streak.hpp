#pragma once

#include "actors/providers/driver.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::actors {

/// Tells when a provider itself is to be suspected: it rejected recipient after recipient in the
/// same words, and accepted nothing in between. An account that was blocked, or a filter that takes
/// no mail any more, often looks so.
///
/// Only rejections that the driver read from words count (outcome::vague). A provider that has
/// exact codes for a bad address may reject a thousand of them and is not suspected.
class rejection_streak {
 public:
  /// Different recipients in a row.
  static constexpr std::size_t longest = 5;

  /// Takes the outcome of a call. True: this rejection is taken for the provider's trouble, and so
  /// is each one in the same words, until the provider accepts something or uses other words.
  bool on_outcome(const outcome& result, std::string_view recipient,
                  const persistence::message_id& message);

  bool suspects() const { return seen_.size() >= longest; }

 private:
  struct rejection {
    std::string recipient;
    persistence::message_id message;
  };
  bool is_new(const outcome& result, std::string_view recipient,
              const persistence::message_id& message) const;

  std::string words_;
  std::vector<rejection> seen_;  ///< at most `longest`
};

/// The words of a text that stay the same from one recipient to the next: without addresses, quoted
/// parts, and words with a digit in them, such as the ids of a session.
std::string fixed_words(std::string_view text, std::string_view recipient);

}  // namespace postrider::actors
