#pragma once

#include "actors/delivery/dispatch_context.hpp"

#include <functional>

namespace postrider::actors {

/// Ends rows that no provider takes. A chain's own attempt ends it in retry_policy. A row that
/// waits for a provider which is down is ended here: after its patience, at the moment at which a
/// refused attempt has shown that all its usable providers take nothing. Rows that are due since
/// before that time come first in their lane's index.
class patience_watch {
 public:
  /// The lanes in which rows may wait that no provider takes; in order.
  using lanes_function = std::function<std::vector<persistence::lane>()>;

  patience_watch(dispatch_context& context, lanes_function lanes)
      : context_(context), hopeless_lanes_(std::move(lanes)) {}

  /// A probe was refused. A look that is under way is followed by another one, which goes on where
  /// the last one stopped: rows that do not end must not hide those behind them.
  void look();
  std::uint64_t ended() const { return ended_count_; }

 private:
  void look_into_next_lane();
  void on_page(persistence::lane lane, const reply<delivery_list>& read);
  void on_ranked(const persistence::delivery& waiting, const route_reply& answer);
  void end_rows();
  void on_ended(const delivery_list& rows, const reply<write_results>& written);

  dispatch_context& context_;
  lanes_function hopeless_lanes_;
  bool running_ = false, refused_again_ = false;
  /// Still to be looked into; the first one from `after_` on.
  std::vector<persistence::lane> lanes_;
  persistence::lane_position after_;
  /// The lane in which the last look stopped; 0: it came to its end.
  persistence::lane stopped_in_ = 0;
  /// Pages in a row that ended nothing.
  std::size_t fruitless_ = 0;
  std::size_t unranked_ = 0;
  write_request ending_;
  delivery_list ended_;
  std::uint64_t ended_count_ = 0;
};

}  // namespace postrider::actors
