#pragma once

#include "actors/rules/circuit.hpp"
#include "actors/rules/priority_turns.hpp"
#include "persistence/ledger_queries.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

namespace postrider::actors {

/// The next step for the free rows of one provider, as a value: the dispatcher takes the step, and
/// says how it ended. The steps follow from the state alone. A wake says that something may have
/// changed, not what; two wakes are as good as one.
///
/// The rows are in one lane for each priority. Claims are divided among the lanes by turns.
class lane_feed {
 public:
  using shares = priority_turns::shares;

  /// Rows of one claim at most.
  static constexpr std::int32_t claim_limit = 500;
  /// The shortest time between two probes of a half-open provider.
  static constexpr std::chrono::milliseconds between_probes{1'000};
  /// The shortest time between two claims for less than a quarter of the window.
  static constexpr std::chrono::milliseconds between_small_claims{10};
  /// The pause after a page of which no row could go anywhere: such rows must not cost more than
  /// the others.
  static constexpr std::chrono::milliseconds page_rest{100};
  /// The pause after the database did not answer.
  static constexpr std::chrono::milliseconds error_rest{1'000};

  struct health {
    /// All, one probe, or nothing.
    circuit_state takes = circuit_state::closed;
    /// Another provider takes something: rows may be rerouted there.
    bool way_out = false;
  };
  struct credit {
    std::int32_t room = 0;
    std::int32_t size = 0;
  };

  struct nothing {
    bool operator==(const nothing&) const = default;
  };
  struct claim {
    std::int32_t rows = 0;
    bool operator==(const claim&) const = default;
  };
  struct probe {
    bool operator==(const probe&) const = default;
  };
  /// Read the next page of rows, and reroute what can go elsewhere.
  struct scan_page {
    bool operator==(const scan_page&) const = default;
  };
  struct wait {
    steady_point until;
    bool operator==(const wait&) const = default;
  };
  using step = std::variant<nothing, claim, probe, scan_page, wait>;

  step next(const health& provider, const credit& window, steady_point now) const;

  /// Something may have changed: rows, credit, or the provider's health.
  void wake();
  /// A look found that the first row of a lane is due. Rows that are due later are behind it.
  void rows_are_due() {
    wake();
    hides_later_ = true;
  }
  /// Rows will be due then.
  void rows_from(steady_point due);
  /// The provider takes other than before: pauses end, and a scan is over. `begin_anew`: the next
  /// scan starts with the first page.
  void health_changed(bool begin_anew);

  /// Rows are due, as far as is known: new messages go behind them.
  bool backlog(steady_point now) const { return due_ || is_later_over(now); }

  /// The claim, or the probe, begins: how many rows of each lane.
  shares begin_claim(std::int32_t rows, steady_point now);
  shares begin_probe(steady_point now);
  /// Where the claim on a lane begins; behind the last probe, so that each probe is another row and
  /// one that is never taken does not keep the provider down.
  persistence::lane_position begin_of(std::size_t priority) const;
  /// The rows that each lane gave, and the place of its last one.
  struct claimed {
    std::int32_t rows = 0;
    persistence::lane_position last{};
  };
  void end_claim(const std::array<claimed, priority_turns::count>& lanes, steady_point now);
  /// True once when no more rows are due, and rows that are due later may be unknown: look for
  /// them.
  bool take_wish_to_look() { return std::exchange(wants_look_, false); }
  /// The same after a scan that moved nothing, for which a later look will do: the rows that could
  /// not go anywhere are found again by each look.
  bool take_late_wish_to_look() { return std::exchange(wants_late_look_, false); }
  void claim_failed(steady_point now);

  /// A page that was looked at: it had no rows, some of them went elsewhere, or none could.
  enum class page : std::uint8_t { empty, moved, stuck };

  void begin_page(steady_point now);
  void end_page(page seen, bool last, steady_point now);
  void page_failed(steady_point now);
  bool scanning() const { return doing_ == activity::scanning; }
  bool resting(steady_point now) const { return now < rests_until_; }

 private:
  enum class activity : std::uint8_t { nothing, claiming, probing, scanning };

  shares begin(activity what, std::int32_t rows, steady_point now);
  step next_for_due(const health& provider, const credit& window, steady_point now) const;
  bool is_later_over(steady_point now) const { return later_ && *later_ <= now; }
  void note_passed(steady_point now);

  activity doing_ = activity::nothing;
  /// Rows are due, as far as is known.
  bool due_ = false;
  /// When the next rows are known to be due.
  std::optional<steady_point> later_;
  /// Woken since the last claim or scan began.
  bool woken_ = false;
  /// The last look has not seen the rows that are due later.
  bool hides_later_ = false;
  bool wants_look_ = false, wants_late_look_ = false;
  /// A scan has pages left; some of its rows went elsewhere.
  bool in_scan_ = false, scan_moved_ = false;
  steady_point rests_until_{};
  /// When the last claim began.
  steady_point claimed_at_{};
  std::optional<steady_point> probed_at_;
  shares shares_{};
  /// Lanes that may have more, and whose turn it is.
  priority_turns::flags waiting_{};
  priority_turns turns_;
  std::array<persistence::lane_position, priority_turns::count> probe_after_{};
};

}  // namespace postrider::actors
