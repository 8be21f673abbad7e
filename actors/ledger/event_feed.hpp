#pragma once

#include "actors/pipeline.hpp"
#include "actors/rules/event_tail.hpp"

#include <list>

namespace postrider::actors {

/// Serves readers of the feed. Those that follow it share one reading of the ledger and its pages
/// (event_tail); those that are behind read pages of their own. A commit of this node wakes it
/// while somebody waits; commits of other nodes are seen by a look. It holds nothing that is not in
/// the ledger: when it dies, its readers ask again.
class event_feed_state {
 public:
  static inline constexpr const char* name = "event_feed";
  /// Readers that wait; more are told to come again, but for endpoints.
  static constexpr std::size_t max_waiting = 2'000;
  /// Pages of events that do not match, read for one request; then it is answered with a cursor.
  static constexpr int max_pages = 20;
  static constexpr std::int32_t page_size = 1'000;
  /// Between two readings: the events of many commits are read at once.
  static constexpr milliseconds shortest_pause{20};
  /// Without readers for so long, the tail is dropped.
  static constexpr std::chrono::seconds kept_unread{30};

  explicit event_feed_state(event_feed_actor::pointer self) : self_(self) {}
  event_feed_actor::behavior_type make_behavior(environment_ptr environment,
                                                ledger_reader_actor reader,
                                                directory_board directory);

 private:
  struct reader {
    event_job_ptr job;
    steady_point until;
    int pages = 0;
    /// It has read more than the tail, such as from another node.
    bool ahead = false;
  };

  void on_request(event_job_ptr job);
  /// Answers it, reads for it, or has it wait.
  void serve(reader one);
  void begin_at_end(reader one);
  void read_for(reader one);
  void on_page(reader one, const event_tail::page_ptr& page);
  /// Its cursor is the tail's end, or it is ahead of it.
  void wait(reader one);
  void tell(const event_tail::page_ptr& page);
  void read_tail();
  void on_tail(const event_tail::page_ptr& page);
  void on_tick();
  void answer(const reader& one, std::vector<event_info> events, persistence::event_cursor next,
              bool more);
  /// Shares the page.
  static event_info describe(const event_tail::page_ptr& page, const persistence::found_event& e,
                             const provider_directory& directory);
  void end_waits(bool all);
  void end_wait(const reader& one);
  caf::result<inspection> on_inspect() const;

  event_feed_actor::pointer self_;
  environment_ptr environment_;
  ledger_reader_actor reader_;
  directory_board directory_;
  event_tail tail_;
  std::list<reader> waiting_;
  bool reading_ = false;
  /// There may be news since the reading that is under way, or that waits for its pause, began.
  bool news_ = false;
  steady_point last_reading_{}, last_reader_{};
  std::uint64_t served_ = 0, told_ = 0, readings_ = 0, expired_ = 0;
};

event_feed_actor::behavior_type event_feed(
    event_feed_actor::stateful_pointer<event_feed_state> self, environment_ptr environment,
    ledger_reader_actor reader, directory_board directory);

}  // namespace postrider::actors
