#pragma once

#include "actors/rules/circuit.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace postrider::actors {

/// How many of a provider's calls may go to one host at a time, where a provider calls many: a
/// quarter of `max_in_flight` until its calls come back. With each full window of calls that came
/// back the limit doubles, up to three quarters, and a call that did not come back resets it. So
/// a host that hangs leaves calls for the others. It is known to hang when none of its calls came
/// back for `patience`, or when the last one that ended did not. A host without calls is forgotten
/// when its limit is the first one, or when there are `most_known` that were called later.
class host_shares {
 public:
  static constexpr std::size_t most_known = 1'000;
  static constexpr std::chrono::seconds patience{1};

  explicit host_shares(std::int32_t max_in_flight) : max_in_flight_(max_in_flight) {}

  bool may_start(std::string_view host) const { return in_flight(host) < limit(host); }
  /// Whether the host hangs: its deliveries should not take room from others.
  bool hangs(std::string_view host, steady_point now) const;
  void on_start(const std::string& host, steady_point now);
  /// A call ended, and its host answered or not.
  void on_end(const std::string& host, bool came_back, steady_point now);
  /// A started call was withdrawn before it was made.
  void on_withdrawn(const std::string& host);
  void resize(std::int32_t max_in_flight);

  std::int32_t limit(std::string_view host) const;
  std::int32_t in_flight(std::string_view host) const;
  std::size_t known() const { return hosts_.size(); }

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  struct share {
    std::int32_t in_flight = 0;
    std::int32_t limit = 0;
    /// Shares in the present window of `limit` calls.
    std::int32_t came_back = 0;
    /// When a call came back last, or began when there was none.
    steady_point heard{};
    /// The last call that ended did not come back.
    bool lost = false;
    /// Its place in `idle_` while nothing is in flight.
    std::list<std::string>::iterator place{};
  };
  using share_map = std::unordered_map<std::string, share, text_hash, std::equal_to<>>;

  std::int32_t first() const { return std::max(max_in_flight_ / 4, 1); }
  std::int32_t most() const { return std::max(max_in_flight_ - first(), first()); }
  void leave(share_map::iterator at);

  std::int32_t max_in_flight_;
  share_map hosts_;
  /// Hosts without calls; the last one that ended is at the end.
  std::list<std::string> idle_;
};

}  // namespace postrider::actors
