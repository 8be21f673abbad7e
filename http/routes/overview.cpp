#include "http/routes/overview.hpp"

#include "http/connection/exchange.hpp"
#include "http/json/json_writer.hpp"
#include "http/overview_series.hpp"

namespace postrider::http::routes {
namespace {

void write_numbers(json_writer& json, std::string_view name,
                   const std::vector<overview_series::point>& points, auto member) {
  json.key(name).begin_array();
  for (const auto& point : points)
    json.value(point.*member);
  json.end_array();
}

}  // namespace

void get_overview(exchange& x) {
  using point = overview_series::point;
  const auto points = x.overview.points();
  json_writer json(x.response.body);
  json.begin_object().member("step_seconds", overview_series::step.count()).key("at").begin_array();
  for (const auto& one : points)
    json.value(std::chrono::floor<std::chrono::seconds>(one.at).time_since_epoch().count());
  json.end_array();
  write_numbers(json, "accepted", points, &point::accepted);
  write_numbers(json, "delivered", points, &point::delivered);
  write_numbers(json, "failed", points, &point::failed);
  write_numbers(json, "oldest_waiting_ms", points, &point::oldest_ms);
  json.end_object();
}

}  // namespace postrider::http::routes
