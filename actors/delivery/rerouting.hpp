#pragma once

#include "actors/delivery/dispatch_context.hpp"
#include "actors/rules/lane_feed.hpp"

#include <map>

namespace postrider::actors {

/// Brings the rows of a provider that takes nothing now to another one that does. The rows are free
/// in the database; they are read page by page, ranked like new ones, and the moves of a page are
/// one commit, bounded by the credit of their destinations. Rows that no other provider takes are
/// read and left where they are. A crash between two steps leaves a pending row at one provider or
/// the other.
class rerouting {
 public:
  /// The dispatcher, which decides when a page is read.
  class owner {
   public:
    virtual ~owner() = default;
    virtual circuit_state takes(persistence::provider_id provider) const = 0;
    /// Rows wait for this provider's credit; answers how much there is.
    virtual std::int32_t wait_for_credit(persistence::provider_id provider) = 0;
    virtual void on_page_done(persistence::provider_id provider, lane_feed::page seen,
                              bool last) = 0;
    virtual void on_page_failed(persistence::provider_id provider) = 0;
  };

  rerouting(dispatch_context& context, owner& dispatcher)
      : context_(context), dispatcher_(dispatcher) {}

  /// The next page of that provider's lanes, by priority and in order.
  void read_page(persistence::provider_id provider);
  /// Replies to the interrupted scan are ignored; the next page is the one that was in hand, or the
  /// first one.
  void interrupt(persistence::provider_id provider, bool begin_anew);
  /// The provider has credit: pages that wait for it go on.
  void go_on(persistence::provider_id to);

  /// Rows have this destination, and it has no credit.
  bool waits_for(persistence::provider_id to) const;
  /// The page of that provider waits for credit.
  bool waits(persistence::provider_id provider) const;
  std::uint64_t moved() const { return moved_; }

 private:
  struct destination {
    candidate best;
    /// The whole ranking, as it is stored.
    std::string decision;
  };
  /// One provider's scan, at one of its pages.
  struct scan {
    /// Tells replies to a scan that was interrupted.
    std::uint64_t number = 0;
    std::size_t priority_index = 0;
    persistence::lane_position after;
    /// The page in hand, and where its rows can go.
    delivery_list rows;
    std::vector<std::optional<destination>> destinations;
    std::size_t unranked = 0;
    bool waits = false;
  };

  void on_page(persistence::provider_id provider, std::uint64_t number,
               const reply<delivery_list>& read);
  void on_ranked(persistence::provider_id provider, std::uint64_t number, std::size_t index,
                 const route_reply& answer);
  void move_page(persistence::provider_id provider);
  persistence::delivery move_to(const destination& found, const persistence::delivery& waiting,
                                write_request& request) const;
  void on_moved(persistence::provider_id provider, std::uint64_t number, delivery_list& moving,
                const reply<write_results>& written);
  void hand_over(delivery_list& moving, const reply<write_results>& written);
  bool wait_for_credit(persistence::provider_id provider);
  void end_page(persistence::provider_id provider, lane_feed::page seen);
  void fail(persistence::provider_id provider);

  dispatch_context& context_;
  owner& dispatcher_;
  std::map<persistence::provider_id, scan> scans_;
  std::uint64_t moved_ = 0;
};

}  // namespace postrider::actors
