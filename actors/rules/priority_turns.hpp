#pragma once

#include "persistence/model.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace postrider::actors {

/// Which of the priorities that wait has its turn: the highest, except that one which was passed
/// over `patience` times in a row comes first. So of every ten starts one at least is of a lower
/// priority while such a one waits, and each that waits has a turn in eleven; what nobody waits for
/// takes no turn away.
class priority_turns {
 public:
  static constexpr std::size_t count = persistence::all_priorities.size();
  /// By priority: high, normal, low.
  using flags = std::array<bool, count>;
  using shares = std::array<std::int32_t, count>;
  static constexpr std::int32_t patience = 9;

  /// The priority whose turn it is; at least one must wait.
  std::size_t next(const flags& waiting);
  /// The next `turns` turns, counted: how a claim is divided among lanes that are all long enough.
  shares divide(std::int32_t turns, const flags& waiting);

 private:
  /// How often in a row it waited and another had the turn.
  shares passed_over_{};
};

}  // namespace postrider::actors
