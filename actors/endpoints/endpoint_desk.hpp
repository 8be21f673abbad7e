#pragma once

#include "actors/endpoints/endpoint_caller.hpp"
#include "actors/rules/endpoint_window.hpp"

#include <deque>
#include <map>

namespace postrider::actors {

struct endpoint_links {
  ledger_reader_actor reader;
  ledger_writer_actor writer;
  event_feed_actor feed;
  persistence::node_id node = 0;
};

/// Sends the feed's events to the endpoints that this node owns.
///
/// An endpoint without a living owner is claimed by the node that all living nodes choose for it;
/// when that one does not, such as a release that knows no endpoints, by any after a while. The
/// ledger takes what was done only from the owner of the present turn (note_progress): two nodes
/// may send the same event for a moment, and none is passed over. Nothing that counts is in memory
/// only; when this dies, events whose delivery was not saved are sent again with their ids.
class endpoint_desk_state {
 public:
  static inline constexpr const char* name = "endpoint_desk";
  /// Between two saves of a busy endpoint, and of one whose place only moved.
  static constexpr std::chrono::milliseconds between_saves{250};
  static constexpr std::chrono::seconds between_moves{60};
  static constexpr std::chrono::seconds between_looks_at_nodes{2};
  /// So long an endpoint waits for the node that should claim it.
  static constexpr std::chrono::seconds claim_patience{20};
  static constexpr std::chrono::milliseconds longest_wait{50'000};
  /// Calls that are under way to all endpoints together: each may hold a connection.
  static constexpr std::size_t max_calls = 1'000;

  explicit endpoint_desk_state(endpoint_desk_actor::pointer self) : self_(self) {}
  endpoint_desk_actor::behavior_type make_behavior(environment_ptr environment,
                                                   endpoint_links links, directory_board directory);

 private:
  struct entry {
    persistence::endpoint record;
    /// The turn that we claimed; 0: none.
    std::int64_t claimed = 0;
    bool claiming = false;
    bool opening = false;
    /// It is in `queued_`.
    bool queued = false;
    std::optional<endpoint_window> window{};
    /// The place from which events are being read.
    std::optional<persistence::event_cursor> reading{};
    steady_point saved_at{};
    /// It has had no living owner since then.
    std::optional<steady_point> orphan_since{};
  };

  /// Calls that are under way, and what is to be saved.
  std::int64_t on_drain();
  /// Endpoints, each in a turn of its owner.
  using turns = std::vector<std::pair<persistence::endpoint_id, std::int64_t>>;

  void on_tick();
  void load();
  void take(std::vector<persistence::endpoint> all);
  void look_at_nodes();
  /// Claims what is ours to claim.
  void claim();
  bool should_claim(entry& e);
  void on_claimed(const turns& wanted, const reply<write_results>& written);
  /// Reads what waits for it, and begins.
  void open(persistence::endpoint_id id);
  /// Null when the endpoint is gone or another turn has begun; `owned` also when it is not open.
  entry* in_turn(persistence::endpoint_id id, std::int64_t turn);
  entry* owned(persistence::endpoint_id id, std::int64_t turn);

  /// Starts what may start, and reads what there is room for.
  void go_on(entry& e);
  /// A call has ended: the next one in turn has its room.
  void end_call();
  void read(entry& e);
  void on_page(const endpoint_page& page);
  void on_answer(persistence::endpoint_id id, std::int64_t turn, std::uint64_t token,
                 const transfer_result& result);
  void finish(entry& e, std::uint64_t token, endpoint_answer answer,
              std::chrono::milliseconds took);
  void save();
  void on_saved(const turns& saved, const reply<write_results>& written);
  caf::result<inspection> on_inspect() const;

  endpoint_desk_actor::pointer self_;
  environment_ptr environment_;
  endpoint_links links_;
  endpoint_caller caller_;
  std::map<persistence::endpoint_id, entry> entries_;
  /// Endpoints that have something to send and found no room, in turn.
  std::deque<persistence::endpoint_id> queued_;
  std::size_t calls_ = 0;
  std::vector<persistence::node_id> alive_;
  std::int64_t version_ = -1;
  bool loading_ = false, claiming_ = false, saving_ = false;
  steady_point looked_at_nodes_{};
  std::uint64_t delivered_ = 0, failed_ = 0, disabled_ = 0, expired_ = 0;
};

endpoint_desk_actor::behavior_type endpoint_desk(
    endpoint_desk_actor::stateful_pointer<endpoint_desk_state> self, environment_ptr environment,
    endpoint_links links, directory_board directory);

}  // namespace postrider::actors
