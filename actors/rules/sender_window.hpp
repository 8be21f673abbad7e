#pragma once

#include "actors/rules/circuit.hpp"
#include "actors/rules/start_permits.hpp"
#include "persistence/model.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

namespace postrider::actors {

/// How many deliveries a provider accepts now: all, one probe, or none (circuit open, probe in
/// flight, or a long pause).
struct provider_condition {
  circuit_state takes = circuit_state::closed;
  /// `takes` is open only until the probe in flight ends.
  bool probing = false;
  /// Probes that were refused so far; the first call after a pause that was asked for is one.
  std::uint32_t refusals = 0;

  bool operator==(const provider_condition&) const = default;
};

/// The credit of one sender, counted in transactions, and what its provider accepts. Intake,
/// scheduler and dispatcher take credit before they make a row theirs; the sender returns it when
/// the ledger has the outcome. A row without credit stays free in the database, so memory is
/// bounded whatever the backlog is.
///
/// Credit and the claims on it are one atomic word. The dispatcher alone writes the claims. It
/// learns in the same step how much credit there is, and waits only with less than a quarter of the
/// window. So whoever returns credit up to that quarter sees the claim, and wakes the dispatcher.
class sender_window {
 public:
  /// The rows that wait for credit. Only the dispatcher knows.
  enum class claims : std::uint64_t {
    none = 0,
    /// Rows in the provider's lanes are due: new messages go behind them.
    backlog = std::uint64_t{1} << 32,
    /// Rows of a provider that is down have this provider as their destination.
    reroutes = std::uint64_t{1} << 33,
    both = backlog | reroutes,
  };

  static constexpr claims claims_of(bool backlog, bool reroutes) {
    return backlog ? (reroutes ? claims::both : claims::backlog)
                   : (reroutes ? claims::reroutes : claims::none);
  }

  explicit sender_window(std::int32_t size)
      : size_(size), word_(static_cast<std::uint64_t>(size)) {}

  /// For new messages: takes nothing while a backlog waits, so that they do not overtake it.
  bool take_unless_backlog() { return take(1, claims::backlog) == 1; }
  /// Takes up to `wanted`; answers how much it got.
  std::int32_t take(std::int32_t wanted) { return take(wanted, claims::none); }
  /// Returns credit. True: rows wait for it, and it has just reached a quarter of the window; wake
  /// the dispatcher.
  [[nodiscard]] bool give_back(std::int32_t count) {
    const auto before = word_.fetch_add(static_cast<std::uint64_t>(count));
    const auto room = room_in(before);
    const bool reached = !worth_a_claim(room) && worth_a_claim(room + count);
    return reached && (before & claim_bits) != 0;
  }
  /// Called by the dispatcher alone: says which rows wait, and answers with how much credit there
  /// was at that moment.
  std::int32_t wait_for_credit(claims waiting) {
    auto word = word_.load();
    while (!word_.compare_exchange_weak(word, (word & ~claim_bits) | bits(waiting))) {
    }
    return room_in(word);
  }

  std::int32_t room() const { return room_in(word_.load()); }
  std::int32_t size() const { return size_; }
  bool backlog() const { return (word_.load() & bits(claims::backlog)) != 0; }
  /// A quarter of the window is worth a query.
  bool worth_a_claim(std::int32_t room) const { return room * 4 >= size_; }

  start_permits& starts() { return starts_; }

  /// Written by the sender alone, before it tells anybody.
  void set_condition(const provider_condition& now) {
    condition_.store(static_cast<std::uint64_t>(now.refusals) << 32 |
                     static_cast<std::uint64_t>(now.probing) << 8 |
                     static_cast<std::uint64_t>(now.takes));
  }
  provider_condition condition() const {
    const auto word = condition_.load();
    return {static_cast<circuit_state>(word & 0xff), (word >> 8 & 1) != 0,
            static_cast<std::uint32_t>(word >> 32)};
  }
  bool down() const { return condition().takes == circuit_state::open; }
  /// When a provider that is held is probed next, by the wall clock. For people.
  std::optional<persistence::time_point> held_until() const {
    const auto ticks = held_until_.load();
    if (ticks == 0) return std::nullopt;
    return persistence::time_point(persistence::time_point::duration(ticks));
  }
  void set_held_until(std::optional<persistence::time_point> at) {
    held_until_.store(at ? at->time_since_epoch().count() : 0);
  }

 private:
  static constexpr std::uint64_t bits(claims which) { return static_cast<std::uint64_t>(which); }
  static constexpr std::uint64_t claim_bits = static_cast<std::uint64_t>(claims::both);
  static std::int32_t room_in(std::uint64_t word) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(word));
  }
  std::int32_t take(std::int32_t wanted, claims unless) {
    auto word = word_.load();
    while ((word & bits(unless)) == 0) {
      const auto got = std::min(room_in(word), wanted);
      if (got <= 0) return 0;
      if (word_.compare_exchange_weak(word, word - static_cast<std::uint64_t>(got))) return got;
    }
    return 0;
  }

  const std::int32_t size_;
  /// The credit in the low half, the claims above.
  std::atomic<std::uint64_t> word_;
  std::atomic<std::uint64_t> condition_{0};
  start_permits starts_;
  /// 0: not held.
  std::atomic<persistence::time_point::rep> held_until_{0};
};

}  // namespace postrider::actors
