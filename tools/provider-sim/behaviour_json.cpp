#include "tools/provider-sim/behaviour_json.hpp"

#include <boost/json.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

constexpr double max_ms = 7.0 * 24 * 3600 * 1000;  // a week

std::optional<double> number_in(const json::value& value, double least, double most) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.to_number<double>();
  if (!std::isfinite(number) || number < least || number > most) return std::nullopt;
  return number;
}

// A pair [from, to] with from <= to, in milliseconds.
std::optional<std::pair<double, double>> range_in(const json::value& value) {
  const json::array* pair = value.if_array();
  if (!pair || pair->size() != 2) return std::nullopt;
  const auto from = number_in(pair->at(0), 0, max_ms);
  const auto to = number_in(pair->at(1), 0, max_ms);
  if (!from || !to || *from > *to) return std::nullopt;
  return std::pair(*from, *to);
}

// Reads member by member and collects the faults.
class reader {
 public:
  explicit reader(behaviour_settings& into) : into_(into) {}

  void read(const json::object& given);
  const std::string& faults() const { return faults_; }

 private:
  void read_member(std::string_view name, const json::value& value);
  void read_latency(const json::value& value);
  void read_outcomes(const json::value& value);
  void read_outages(const json::value& value);
  void read_by_recipient(const json::value& value);
  void read_turns(std::string_view recipient, const json::value& value);

  void fault(std::string_view text) {
    if (!faults_.empty()) faults_ += "; ";
    faults_ += text;
  }
  void unknown_outcome(std::string_view where, std::string_view name) {
    fault("unknown outcome in " + std::string(where) + ": " + std::string(name));
  }

  behaviour_settings& into_;
  std::string faults_;
};

void reader::read(const json::object& given) {
  for (const auto& member : given)
    read_member(member.key(), member.value());
}

void reader::read_member(std::string_view name, const json::value& value) {
  if (name == "latency_ms") {
    read_latency(value);
  } else if (name == "outcomes") {
    read_outcomes(value);
  } else if (name == "outages") {
    read_outages(value);
  } else if (name == "by_recipient") {
    read_by_recipient(value);
  } else if (name == "down") {
    if (value.is_bool())
      into_.down = value.get_bool();
    else
      fault("down must be true or false");
  } else if (name == "retry_after_s") {
    const auto seconds = number_in(value, 0, max_ms);
    if (seconds)
      into_.retry_after_s = static_cast<std::uint32_t>(*seconds);
    else
      fault("retry_after_s must be a number of seconds");
  } else if (name == "seed") {
    if (const auto* seed = value.if_int64(); seed && *seed >= 0)
      into_.seed = static_cast<std::uint64_t>(*seed);
    else if (const auto* large = value.if_uint64())
      into_.seed = *large;
    else
      fault("seed must be a whole number, 0 or more");
  } else {
    fault("unknown member: " + std::string(name));
  }
}

void reader::read_latency(const json::value& value) {
  if (const auto fixed = number_in(value, 0, max_ms)) {
    into_.latency_min_ms = into_.latency_max_ms = *fixed;
  } else if (const auto range = range_in(value)) {
    into_.latency_min_ms = range->first;
    into_.latency_max_ms = range->second;
  } else {
    fault("latency_ms must be a number of milliseconds or [min, max]");
  }
}

void reader::read_outcomes(const json::value& value) {
  const json::object* given = value.if_object();
  if (!given) return fault("outcomes must be an object of weights");
  into_.weights.fill(0);
  for (const auto& [name, weight] : *given) {
    const auto which = outcome_named(name);
    const auto number = number_in(weight, 0, 1e12);
    if (!which)
      unknown_outcome("outcomes", name);
    else if (!number)
      fault("the weight of " + std::string(name) + " must be a number, 0 or more");
    else
      into_.weights[static_cast<std::size_t>(*which)] = *number;
  }
  if (std::accumulate(into_.weights.begin(), into_.weights.end(), 0.0) <= 0)
    fault("outcomes must have at least one weight above 0");
}

void reader::read_outages(const json::value& value) {
  const json::array* given = value.if_array();
  if (!given) return fault("outages must be a list of [from_ms, to_ms]");
  into_.outages.clear();
  for (const json::value& one : *given) {
    const auto range = range_in(one);
    if (!range) return fault("outages must be a list of [from_ms, to_ms]");
    const auto ms = [](double number) {
      return std::chrono::milliseconds(static_cast<std::int64_t>(number));
    };
    into_.outages.push_back({ms(range->first), ms(range->second)});
  }
}

void reader::read_by_recipient(const json::value& value) {
  const json::object* given = value.if_object();
  if (!given) return fault("by_recipient must be an object: recipient to outcome");
  into_.by_recipient.clear();
  for (const auto& [recipient, turns] : *given)
    read_turns(recipient, turns);
}

void reader::read_turns(std::string_view recipient, const json::value& value) {
  std::vector<outcome> turns;
  const auto add = [&](const json::value& one) {
    if (!one.is_string()) return fault("by_recipient must give an outcome or a list of them");
    const auto which = outcome_named(one.get_string());
    if (which)
      turns.push_back(*which);
    else
      unknown_outcome("by_recipient", one.get_string());
  };
  if (const json::array* list = value.if_array()) {
    for (const json::value& one : *list)
      add(one);
    if (list->empty()) fault("by_recipient must give an outcome or a list of them");
  } else {
    add(value);
  }
  if (!turns.empty()) into_.by_recipient.insert_or_assign(std::string(recipient), std::move(turns));
}

// Whole numbers without the exponent that Boost.JSON gives to every double.
json::value number_value(double number) {
  if (number == std::floor(number)) return static_cast<std::int64_t>(number);
  return number;
}

json::value name_value(outcome o) {
  return json::value(json::string(name_of(o)));
}

}  // namespace

std::string read_behaviour(std::string_view text, behaviour_settings& into) {
  json::error_code error;
  const json::value document = json::parse(text, error);
  if (error) return "not JSON: " + error.message();
  if (!document.is_object()) return "must be a JSON object";
  reader reads(into);
  reads.read(document.get_object());
  return reads.faults();
}

json::object write_behaviour(const behaviour_settings& settings) {
  json::object result;
  result["seed"] = settings.seed;
  if (settings.latency_min_ms == settings.latency_max_ms)
    result["latency_ms"] = number_value(settings.latency_min_ms);
  else
    result["latency_ms"] =
        json::array{number_value(settings.latency_min_ms), number_value(settings.latency_max_ms)};
  json::object outcomes;
  for (std::size_t i = 0; i < outcome_count; ++i)
    if (settings.weights[i] > 0) outcomes[outcome_names[i]] = number_value(settings.weights[i]);
  result["outcomes"] = std::move(outcomes);
  result["retry_after_s"] = settings.retry_after_s;
  result["down"] = settings.down;
  json::array outages;
  for (const outage& o : settings.outages)
    outages.push_back(json::array{o.from.count(), o.to.count()});
  result["outages"] = std::move(outages);
  json::object by_recipient;
  for (const auto& [recipient, turns] : settings.by_recipient) {
    json::array names;
    for (const outcome o : turns)
      names.push_back(name_value(o));
    if (names.size() == 1)
      by_recipient[recipient] = names.front();
    else
      by_recipient[recipient] = std::move(names);
  }
  result["by_recipient"] = std::move(by_recipient);
  return result;
}

}  // namespace postrider::provider_sim
