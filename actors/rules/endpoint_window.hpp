#pragma once

#include "actors/api/event_requests.hpp"
#include "persistence/endpoints.hpp"

#include <deque>
#include <map>
#include <set>

/// The next deliveries of an endpoint, and what becomes of them. Pure.
namespace postrider::actors {

/// An endpoint's answer to a delivery.
struct endpoint_answer {
  enum class kind : std::uint8_t {
    delivered,
    failed,
    /// It wants no more (410).
    gone,
    /// The event is no longer kept, so it cannot be sent.
    lost,
  };
  kind what = kind::delivered;
  /// For a person; empty when delivered.
  std::string error{};
  /// It asks to be left alone for so long.
  std::optional<std::chrono::seconds> retry_after{};
};

/// The events between the saved place of one endpoint and what was read ahead.
///
/// Events of one message are sent one behind the other, others side by side. One that fails while
/// others are delivered has failed alone: it waits in the ledger for its next attempt, with all
/// that comes for the same message, and the place goes on. When everything fails nothing waits
/// there: the endpoint is paused, its place stands, and after a growing time it gets one event, a
/// different one each time, for the first one may be what it cannot take.
class endpoint_window {
 public:
  using time_point = persistence::time_point;
  static constexpr std::size_t max_in_flight = 16;
  /// So many at first and after a pause, and one more for each that is delivered: one that hangs
  /// holds few.
  static constexpr std::size_t first_in_flight = 4;
  static constexpr std::int32_t read_ahead = 64;
  /// Failures one behind the other, of different events, after which everything fails.
  static constexpr std::int32_t failures_to_pause = 4;

  /// `waiting`: its deliveries that wait in the ledger.
  endpoint_window(persistence::endpoint record,
                  std::vector<persistence::endpoint_delivery> waiting);

  const persistence::endpoint& record() const { return record_; }

  /// True when `place_to_read()` should be read on from.
  bool wants_events(time_point now) const;
  const persistence::event_cursor& place_to_read() const { return read_to_; }
  /// Takes a page that was read from `from`; one that was read from elsewhere, because a pause has
  /// moved the place meanwhile, is passed over.
  void add(const persistence::event_cursor& from, std::vector<event_info> events,
           persistence::event_cursor next);
  /// Retention has removed events that it had not got.
  void begin_again();

  /// A delivery that begins now.
  struct start {
    std::uint64_t token = 0;
    persistence::event_place place;
    /// Null: it waited in the ledger, and the event is to be read.
    std::shared_ptr<const persistence::found_event> event{};
    std::string provider{};
  };
  /// Nothing: none may begin now.
  std::optional<start> next(time_point now);
  void on_answer(std::uint64_t token, endpoint_answer answer, std::chrono::milliseconds took,
                 time_point now);
  std::size_t in_flight() const { return flights_.size(); }
  bool idle() const { return flights_.empty() && slots_.empty(); }
  std::size_t waiting() const { return waiting_.size() + fresh_.size() + saving_fresh_.size(); }
  bool paused() const { return record_.health.paused_until.has_value(); }
  /// The time of the oldest event that it has not got; nothing: none is known.
  std::optional<time_point> oldest() const;

  /// Something should be saved soon; with `moved` only the place has changed.
  bool changed() const { return changed_; }
  bool moved() const { return moved_; }
  /// The changes to save. Until `saved` or `not_saved` is called there is nothing more.
  persistence::note_progress progress();
  /// `ids` of the new deliveries.
  void saved(const std::vector<std::int64_t>& ids);
  void not_saved();

 private:
  enum class slot_state : std::uint8_t { waiting, in_flight, failed, done };
  struct slot {
    event_info event;
    slot_state state = slot_state::waiting;
    std::string error{};
  };
  struct flight {
    /// The slot's number, or the id of the delivery in the ledger.
    std::uint64_t slot = 0;
    std::int64_t delivery = 0;
    persistence::event_place place;
    persistence::event_type type{};
  };

  std::optional<start> next_waiting(time_point now);
  std::optional<start> next_slot(time_point now);
  bool may_start(std::size_t index) const;
  bool has_startable() const;
  bool has_failed() const;
  /// Its message has a delivery in the ledger, and it has to wait behind that.
  bool is_blocked(const slot& s) const;
  bool park(slot& s, std::int32_t attempts, time_point due);
  void on_success(const flight& of, time_point now);
  void on_failure(const flight& of, const endpoint_answer& answer, time_point now);
  void end_waiting(std::int64_t id, const endpoint_answer& answer, time_point now);
  void pause(time_point now, std::chrono::seconds asked);
  /// A paused endpoint keeps nothing in memory.
  void clear_when_paused();
  void drop_done();
  void remember(const flight& of, const endpoint_answer& answer, std::chrono::milliseconds took,
                time_point now);
  slot* find_slot(std::uint64_t number);

  persistence::endpoint record_;
  persistence::event_cursor read_to_;
  std::deque<slot> slots_;
  /// The number of slots_.front().
  std::uint64_t first_ = 0;
  /// The last one that left the front; null: the place is record_.place.
  std::shared_ptr<const persistence::found_event> last_done_;
  /// Events that were delivered before some in front of them, and that a pause made it forget.
  std::set<persistence::event_place> sent_ahead_;
  std::map<std::uint64_t, flight> flights_;
  std::uint64_t tokens_ = 0;
  std::int32_t failures_ = 0;
  std::size_t limit_ = first_in_flight;

  std::map<std::int64_t, persistence::endpoint_delivery> waiting_;
  std::map<persistence::message_id, std::size_t> blocked_;
  std::set<std::int64_t> waiting_in_flight_;
  /// Not saved yet.
  std::vector<persistence::endpoint_delivery> fresh_, ended_;
  std::vector<persistence::endpoint_delivery> saving_fresh_, saving_ended_;
  std::string disable_;
  bool changed_ = false, moved_ = false;
};

}  // namespace postrider::actors
