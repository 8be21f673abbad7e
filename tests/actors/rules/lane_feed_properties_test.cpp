#include "actors/rules/lane_feed.hpp"
#include "actors/rules/sender_window.hpp"

#include <boost/test/unit_test.hpp>

#include <rapidcheck.h>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

/// One provider's rows, its sender and the dispatcher, with nothing but the feed to tell it what to
/// do. Each change is followed by a wake, as in the pipeline; nothing polls.
class world {
 public:
  explicit world(std::int32_t size) : window_(size) {}

  void add_rows(std::size_t lane, std::int32_t count) {
    lanes_[lane] += count;
    feed_.wake();
  }
  void add_later(std::int32_t count, std::chrono::milliseconds delay) {
    later_.emplace(now_ + delay, count);
    feed_.rows_from(now_ + delay);
  }
  /// The sender is done with some of its deliveries.
  void finish(std::int32_t count) {
    count = std::min(count, in_sender_);
    in_sender_ -= count;
    if (window_.give_back(count)) feed_.wake();
  }
  void turn(circuit_state takes) {
    if (takes == health_.takes) return;
    health_.takes = takes;
    feed_.health_changed(takes == circuit_state::closed);
    feed_.wake();
  }
  void set_way_out(bool way_out) {
    health_.way_out = way_out;
    feed_.wake();
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    while (!later_.empty() && later_.begin()->first <= now_) {
      lanes_[1] += later_.begin()->second;
      later_.erase(later_.begin());
    }
  }
  /// The claimed rows come; some rows were taken by others, and the answer may be lost.
  void end_claim(bool fails) {
    if (!claiming_) return;
    claiming_ = false;
    if (fails) {
      static_cast<void>(window_.give_back(taken_));
      return feed_.claim_failed(now_);
    }
    std::array<lane_feed::claimed, priority_turns::count> got{};
    std::int32_t rows = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      // Behind the last probe there is less than in the whole lane.
      const bool behind = feed_.begin_of(i) != persistence::lane_position{};
      const auto there = behind ? std::max(lanes_[i] - 1, 0) : lanes_[i];
      got[i].rows = std::min(shares_[i], there);
      got[i].last = {persistence::time_point(1s), 1};
      lanes_[i] -= got[i].rows;
      rows += got[i].rows;
    }
    in_sender_ += rows;
    feed_.end_claim(got, now_);
    static_cast<void>(window_.give_back(taken_ - rows));
    look();
  }
  /// Takes the next step, if there is one; true when it has done something.
  bool step() {
    if (claiming_) return false;
    const auto room = window_.wait_for_credit(feed_.backlog(now_) ? sender_window::claims::backlog
                                                                  : sender_window::claims::none);
    const auto next = feed_.next(health_, {room, window_.size()}, now_);
    if (const auto* claim = std::get_if<lane_feed::claim>(&next)) {
      RC_ASSERT(health_.takes == circuit_state::closed);
      RC_ASSERT(claim->rows > 0 && claim->rows <= room && claim->rows <= lane_feed::claim_limit);
      taken_ = window_.take(claim->rows);
      shares_ = feed_.begin_claim(taken_, now_);
    } else if (std::holds_alternative<lane_feed::probe>(next)) {
      RC_ASSERT(health_.takes == circuit_state::half_open);
      taken_ = window_.take(1);
      shares_ = feed_.begin_probe(now_);
      RC_ASSERT(shares_[0] + shares_[1] + shares_[2] == 1);
    } else if (std::holds_alternative<lane_feed::scan_page>(next)) {
      RC_ASSERT(health_.takes == circuit_state::open && health_.way_out);
      feed_.begin_page(now_);
      // All that waits goes elsewhere.
      lanes_ = {};
      feed_.end_page(lane_feed::page::moved, true, now_);
      // As the look that comes once a second.
      if (!later_.empty()) feed_.rows_from(later_.begin()->first);
      return true;
    } else {
      if (const auto* until = std::get_if<lane_feed::wait>(&next)) {
        RC_ASSERT(until->until > now_);
        timer_ = until->until;
      }
      return false;
    }
    RC_ASSERT(taken_ == shares_[0] + shares_[1] + shares_[2]);
    claiming_ = true;
    return true;
  }
  /// Lets everything happen that would happen by itself.
  void settle() {
    for (int i = 0; i < 10'000; ++i) {
      end_claim(false);
      if (step()) continue;
      if (health_.takes != circuit_state::half_open && in_sender_ > 0) {
        finish(1);
        continue;
      }
      if (!timer_) return;
      const auto until = *std::exchange(timer_, std::nullopt);
      pass(std::max(std::chrono::ceil<std::chrono::milliseconds>(until - now_), 0ms));
    }
    RC_FAIL("it does not come to rest");
  }
  std::int32_t waiting() const { return lanes_[0] + lanes_[1] + lanes_[2]; }
  std::size_t later() const { return later_.size(); }
  const sender_window& window() const { return window_; }

 private:
  void look() {
    if (feed_.take_wish_to_look() && !later_.empty()) feed_.rows_from(later_.begin()->first);
  }

  sender_window window_;
  lane_feed feed_;
  lane_feed::health health_{circuit_state::closed, false};
  steady_point now_{1h};
  std::array<std::int32_t, priority_turns::count> lanes_{};
  std::multimap<steady_point, std::int32_t> later_;
  std::int32_t in_sender_ = 0, taken_ = 0;
  lane_feed::shares shares_{};
  bool claiming_ = false;
  std::optional<steady_point> timer_;
};

BOOST_AUTO_TEST_SUITE(properties_of_lane_feed)

BOOST_AUTO_TEST_CASE(whatever_happens_all_rows_find_their_sender_and_nobody_polls) {
  BOOST_TEST(rc::check("rows, credit and health in any order", [] {
    world one(*rc::gen::inRange(1, 30));
    const auto events = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
        rc::gen::tuple(rc::gen::inRange(0, 9), rc::gen::inRange(0, 3), rc::gen::inRange(0, 40)));
    for (const auto& [kind, which, count] : events) {
      const auto lane = static_cast<std::size_t>(which);
      const std::array states{circuit_state::closed, circuit_state::half_open, circuit_state::open};
      switch (kind) {
        case 0:
        case 1: one.add_rows(lane, count); break;
        case 2: one.finish(count); break;
        case 3: one.turn(states[lane]); break;
        case 4: one.set_way_out(which > 0); break;
        case 5: one.pass(std::chrono::milliseconds(count * 30)); break;
        case 6: one.end_claim(which == 2); break;
        case 7: one.add_later(count, std::chrono::milliseconds(1 + count * 50)); break;
        default: one.step();
      }
    }
    one.end_claim(false);
    one.turn(circuit_state::closed);
    one.settle();
    RC_ASSERT(one.later() == 0u);
    RC_ASSERT(one.waiting() == 0);
    RC_ASSERT(one.window().room() == one.window().size());
    RC_ASSERT(!one.window().backlog());
  }));
}

BOOST_AUTO_TEST_CASE(what_waits_at_a_provider_that_is_down_leaves_as_soon_as_there_is_a_way_out) {
  BOOST_TEST(rc::check("whatever was before", [] {
    world one(*rc::gen::inRange(1, 30));
    one.add_rows(0, *rc::gen::inRange(1, 50));
    one.turn(circuit_state::open);
    one.settle();
    one.add_rows(static_cast<std::size_t>(*rc::gen::inRange(0, 3)), *rc::gen::inRange(1, 50));
    one.settle();
    RC_ASSERT(one.waiting() > 0);
    one.set_way_out(true);
    one.settle();
    RC_ASSERT(one.waiting() == 0);
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
