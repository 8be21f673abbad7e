#include "http/overview_series.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace postrider::http {
namespace {

namespace json = boost::json;

std::int64_t number_in(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (!value || !value->is_number()) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

const json::object* section_in(const json::object& document, std::string_view name) {
  const auto* value = document.if_contains(name);
  return value ? value->if_object() : nullptr;
}

/// The objects of a list; none when there is no list.
std::vector<const json::object*> objects_in(const json::object& from, std::string_view name) {
  std::vector<const json::object*> all;
  const auto* value = from.if_contains(name);
  if (!value || !value->is_array()) return all;
  for (const auto& one : value->get_array())
    if (const auto* object = one.if_object()) all.push_back(object);
  return all;
}

bool is_of_test_mode(const json::object& of_provider) {
  const auto* type = of_provider.if_contains("type");
  return type && type->is_string() && type->get_string() == "test";
}

void add_finished(const json::object& archiver, overview_totals& into) {
  for (const auto* provider : objects_in(archiver, "finished")) {
    const auto* outcomes = section_in(*provider, "outcomes");
    if (!outcomes || is_of_test_mode(*provider)) continue;
    for (const auto& [name, value] : *outcomes) {
      // Cancelling is what somebody wanted.
      if (name == "cancelled") continue;
      (name == "success" ? into.delivered : into.failed) += number_in(*outcomes, name);
    }
  }
}

void add_waiting(const json::object& document, overview_totals& into) {
  const auto note = [&](std::int64_t ms) { into.oldest_ms = std::max(into.oldest_ms, ms); };
  if (const auto* scheduler = section_in(document, "scheduler"))
    for (const auto* lane : objects_in(*scheduler, "waiting_lanes"))
      note(number_in(*lane, "oldest_age_ms"));
  for (const auto* sender : objects_in(document, "senders"))
    if (const auto* oldest = section_in(*sender, "oldest_ms"); oldest && !is_of_test_mode(*sender))
      for (const auto& state : *oldest)
        note(number_in(*oldest, state.key()));
}

std::int64_t since_before(std::int64_t before, std::int64_t now) {
  return now < before ? now : now - before;
}

}  // namespace

overview_totals overview_of(const json::object& document) {
  overview_totals totals;
  if (const auto* intake = section_in(document, "intake"))
    totals.accepted = number_in(*intake, "transactions");
  if (const auto* archiver = section_in(document, "archiver")) add_finished(*archiver, totals);
  if (const auto* dispatcher = section_in(document, "dispatcher"))
    totals.failed += number_in(*dispatcher, "expired") + number_in(*dispatcher, "out_of_patience");
  add_waiting(document, totals);
  return totals;
}

void overview_series::add(actors::time_point now, const overview_totals& totals) {
  const std::lock_guard lock(mutex_);
  const point next{now, since_before(last_.accepted, totals.accepted),
                   since_before(last_.delivered, totals.delivered),
                   since_before(last_.failed, totals.failed), totals.oldest_ms};
  last_ = totals;
  if (ring_.size() < most_points) return ring_.push_back(next);
  ring_[begin_] = next;
  begin_ = (begin_ + 1) % most_points;
}

std::vector<overview_series::point> overview_series::points() const {
  const std::lock_guard lock(mutex_);
  auto all = ring_;
  std::ranges::rotate(all, all.begin() + static_cast<std::ptrdiff_t>(begin_));
  return all;
}

}  // namespace postrider::http
