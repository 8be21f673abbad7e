#pragma once

#include "actors/rules/late_begins.hpp"
#include "actors/rules/priority_turns.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace postrider::actors {

/// The writes that wait for the ledger, and which of them the next batch takes.
///
/// While deliveries are written, a batch takes few accepts beside them: a provider's calls wait for
/// two commits each, and a commit with hundreds of accepts leaves the provider idle for that long.
/// Accepts wait longer then, in the turns of their priorities; how many wait is bounded by their
/// callers. Where nothing else is written a batch takes as many as fit.
///
/// `Part` has `transitions`, a number; `begins`, how many of them begin a delivery; and `accepts`,
/// the priority of what it accepts, or nothing for any other write.
template <class Part>
class write_queue {
 public:
  /// Accepts beside other transitions: so many, or a quarter of those where that is more. As many
  /// times more as the database is slower than usual, whatever a batch has.
  static constexpr std::size_t accepts_beside_others = 32;
  /// While deliveries wait for their begin (late_begins), accepts are half as many as begins, or so
  /// many where that is more.
  static constexpr std::size_t accepts_behind = 8;
  /// So many batches without others still take few accepts: their calls may be under way.
  static constexpr int batches_of_calm = 8;

  void add(Part part) {
    auto& lane = lane_of(part);
    lane.push_back(std::move(part));
  }
  /// To the front again, in their order.
  void put_back(std::vector<Part> first) {
    for (auto part = first.rbegin(); part != first.rend(); ++part)
      lane_of(*part).push_front(std::move(*part));
  }
  template <class Condition>
  void remove_if(Condition condition) {
    std::erase_if(others_, condition);
    for (auto& lane : accepts_)
      std::erase_if(lane, condition);
  }
  template <class Visitor>
  void for_each(Visitor visit) {
    std::ranges::for_each(others_, visit);
    for (auto& lane : accepts_)
      std::ranges::for_each(lane, visit);
  }

  bool empty() const { return size() == 0; }
  std::size_t size() const { return others_.size() + accepts_waiting(); }

  /// A batch has at most `limit` transitions, a larger first part and a first accept left aside.
  /// `slower`: so many times; see commit_pace.
  void begin_batch(std::size_t limit, std::size_t slower = 1) {
    limit_ = limit;
    slower_ = slower;
    others_taken_ = begins_taken_ = accepts_taken_ = 0;
    kept_for_accepts_ = std::min({accepts_waiting(), accepts_beside_others * slower, limit / 2});
  }
  /// The next part of the batch; nothing when it is complete.
  std::optional<Part> next() {
    if (accepts_taken_ == 0 && !others_.empty()) {
      const auto size = others_.front().transitions;
      if (others_taken_ == 0 || others_taken_ + size <= limit_ - kept_for_accepts_) {
        others_taken_ += size;
        begins_taken_ += others_.front().begins;
        return take(others_);
      }
    }
    if (accepts_taken_ == 0) end_others();
    if (accepts_waiting() == 0) return std::nullopt;
    if (accepts_taken_ > 0 && accepts_taken_ >= room_for_accepts()) return std::nullopt;
    ++accepts_taken_;
    return take(accepts_[next_priority()]);
  }

 private:
  using parts = std::deque<Part>;

  parts& lane_of(const Part& part) {
    if (!part.accepts) return others_;
    return accepts_[static_cast<std::size_t>(*part.accepts) -
                    static_cast<std::size_t>(persistence::all_priorities.front())];
  }
  static Part take(parts& from) {
    auto part = std::move(from.front());
    from.pop_front();
    return part;
  }
  std::size_t accepts_waiting() const {
    return std::accumulate(
        accepts_.begin(), accepts_.end(), std::size_t{0},
        [](std::size_t sum, const parts& waiting) { return sum + waiting.size(); });
  }
  /// The batch has all other writes that it takes.
  void end_others() {
    calm_ = others_taken_ > 0 ? 0 : std::min(calm_ + 1, batches_of_calm);
    if (others_taken_ > 0) late_.add(begins_taken_, others_taken_ - begins_taken_);
  }
  std::size_t room_for_accepts() const {
    const auto left = limit_ - std::min(limit_, others_taken_);
    if (calm_ >= batches_of_calm) return left;
    if (late_.wait()) return std::min(left, std::max(accepts_behind * slower_, begins_taken_ / 2));
    return std::min(left, std::max(accepts_beside_others * slower_, others_taken_ / 4));
  }
  std::size_t next_priority() {
    priority_turns::flags waiting;
    std::ranges::transform(accepts_, waiting.begin(),
                           [](const parts& one) { return !one.empty(); });
    return turns_.next(waiting);
  }

  parts others_;
  /// By priority: high, normal, low.
  std::array<parts, priority_turns::count> accepts_;
  priority_turns turns_;
  late_begins late_;
  std::size_t limit_ = 0, slower_ = 1, others_taken_ = 0, begins_taken_ = 0, accepts_taken_ = 0,
              kept_for_accepts_ = 0;
  int calm_ = batches_of_calm;
};

}  // namespace postrider::actors
