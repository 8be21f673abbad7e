#include "persistence/endpoints.hpp"

#include <boost/json.hpp>

#include <array>

namespace postrider::persistence {
namespace {

constexpr std::array<std::string_view, 4> state_names{"", "waiting", "undelivered", "delivered"};

}  // namespace

std::string_view to_string(delivery_state state) {
  return state_names.at(static_cast<std::size_t>(state));
}

std::optional<delivery_state> parse_delivery_state(std::string_view text) {
  for (std::size_t i = 1; i < state_names.size(); ++i)
    if (state_names[i] == text) return static_cast<delivery_state>(i);
  return std::nullopt;
}

std::string encode_recent(const std::deque<recent_delivery>& deliveries) {
  boost::json::array all;
  for (const auto& d : deliveries)
    all.push_back(boost::json::array{d.place.row.session, d.place.row.position, d.place.index,
                                     static_cast<int>(d.type), d.at.time_since_epoch().count(),
                                     d.took.count(), d.error});
  return boost::json::serialize(all);
}

std::deque<recent_delivery> decode_recent(std::string_view text) {
  std::deque<recent_delivery> deliveries;
  boost::json::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_array()) return deliveries;
  for (const auto& element : parsed.get_array()) {
    const auto* d = element.if_array();
    if (!d || d->size() != 7 || !(*d)[6].is_string()) continue;
    std::array<std::int64_t, 6> n{};
    bool numbers = true;
    for (std::size_t i = 0; i < n.size(); ++i) {
      numbers = numbers && (*d)[i].is_int64();
      if (numbers) n[i] = (*d)[i].get_int64();
    }
    if (!numbers || n[3] < 1 || n[3] > static_cast<int>(last_event_type)) continue;
    deliveries.push_back({{{n[0], n[1]}, static_cast<std::int32_t>(n[2])},
                          static_cast<event_type>(n[3]),
                          time_point(std::chrono::microseconds(n[4])),
                          std::chrono::milliseconds(n[5]),
                          std::string((*d)[6].get_string())});
  }
  return deliveries;
}

}  // namespace postrider::persistence
