#include "tools/provider-sim/behaviour_json.hpp"

#include "tools/provider-sim/rules_json.hpp"

#include <boost/json.hpp>

#include <numeric>
#include <optional>
#include <tuple>

namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

constexpr double max_s = 7.0 * 24 * 3600 * 1000;

// Reads member by member and collects the faults.
class reader {
 public:
  explicit reader(behaviour_settings& into) : into_(into) {}

  void read(const json::object& given);
  void check();
  const std::string& faults() const { return faults_; }

 private:
  void read_member(std::string_view name, const json::value& value);
  void read_latency(const json::value& value);
  void read_outcomes(const json::value& value);
  void read_outages(const json::value& value);
  void read_by_recipient(const json::value& value);
  void read_turns(std::string_view recipient, const json::value& value);
  void read_turn(const json::value& value, std::vector<turn>& into);

  void fault(std::string_view text) {
    if (!faults_.empty()) faults_ += "; ";
    faults_ += text;
  }
  void nested(std::string_view where, const std::string& text) {
    if (!text.empty()) fault(std::string(where) + ": " + text);
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

// The outcomes that say what `reply` says need it.
void reader::check() {
  const auto needs = [](outcome o) {
    return o == outcome::reply || o == outcome::accept_then_reply;
  };
  bool is_needed = false;
  for (const outcome o : {outcome::reply, outcome::accept_then_reply})
    is_needed = is_needed || into_.weights[static_cast<std::size_t>(o)] > 0;
  for (const auto& [recipient, turns] : into_.by_recipient)
    for (const turn& t : turns)
      is_needed = is_needed || (needs(t.what) && !t.rule);
  if (is_needed && into_.reply == reply_rule{})
    fault("the outcomes reply and accept_then_reply need the member reply");
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
  } else if (name == "reply") {
    nested(name, read_reply_rule(value, into_.reply));
  } else if (name == "stages") {
    into_.stages.clear();
    nested(name, read_stages(value, into_.stages));
  } else if (name == "receipts") {
    into_.receipts = {};
    nested(name, read_receipts(value, into_.receipts));
  } else if (name == "down") {
    if (value.is_bool()) into_.down = value.get_bool();
    else fault("down must be true or false");
  } else if (name == "retry_after_s") {
    const auto seconds = read_number(value, 0, max_s);
    if (seconds) into_.retry_after_s = static_cast<std::uint32_t>(*seconds);
    else fault("retry_after_s must be a number of seconds");
  } else if (name == "seed") {
    if (const auto* seed = value.if_int64(); seed && *seed >= 0)
      into_.seed = static_cast<std::uint64_t>(*seed);
    else if (const auto* large = value.if_uint64()) into_.seed = *large;
    else fault("seed must be a whole number, 0 or more");
  } else {
    fault("unknown member: " + std::string(name));
  }
}

void reader::read_latency(const json::value& value) {
  const auto delay = read_delay(value);
  if (!delay) return fault("latency_ms must be a number of milliseconds or [min, max]");
  std::tie(into_.latency_min_ms, into_.latency_max_ms) = *delay;
}

void reader::read_outcomes(const json::value& value) {
  const json::object* given = value.if_object();
  if (!given) return fault("outcomes must be an object of weights");
  into_.weights.fill(0);
  for (const auto& [name, weight] : *given) {
    const auto which = outcome_named(name);
    const auto number = read_number(weight, 0, 1e12);
    if (!which) unknown_outcome("outcomes", name);
    else if (!number) fault("the weight of " + std::string(name) + " must be a number, 0 or more");
    else into_.weights[static_cast<std::size_t>(*which)] = *number;
  }
  if (std::accumulate(into_.weights.begin(), into_.weights.end(), 0.0) <= 0)
    fault("outcomes must have at least one weight above 0");
}

void reader::read_outages(const json::value& value) {
  const json::array* given = value.if_array();
  if (!given) return fault("outages must be a list of [from_ms, to_ms]");
  into_.outages.clear();
  for (const json::value& one : *given) {
    const auto range = one.is_array() ? read_delay(one) : std::nullopt;
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

// An outcome's name, or an object that is a reply of its own.
void reader::read_turn(const json::value& value, std::vector<turn>& into) {
  if (value.is_object()) {
    reply_rule rule;
    const std::string wrong = read_reply_rule(value, rule);
    if (!wrong.empty()) return nested("by_recipient", wrong);
    const outcome what = rule.accepted ? outcome::accept_then_reply : outcome::reply;
    into.push_back({what, std::move(rule)});
  } else if (!value.is_string()) {
    fault("by_recipient must give an outcome or a list of them");
  } else if (const auto which = outcome_named(value.get_string())) {
    into.push_back({*which, std::nullopt});
  } else {
    unknown_outcome("by_recipient", value.get_string());
  }
}

void reader::read_turns(std::string_view recipient, const json::value& value) {
  std::vector<turn> turns;
  if (const json::array* list = value.if_array()) {
    for (const json::value& one : *list)
      read_turn(one, turns);
    if (list->empty()) fault("by_recipient must give an outcome or a list of them");
  } else {
    read_turn(value, turns);
  }
  if (!turns.empty()) into_.by_recipient.insert_or_assign(std::string(recipient), std::move(turns));
}

json::value write_turn(const turn& t) {
  if (t.rule) return write_reply_rule(*t.rule);
  return json::value(json::string(name_of(t.what)));
}

}  // namespace

std::string read_behaviour(std::string_view text, behaviour_settings& into) {
  json::error_code error;
  const json::value document = json::parse(text, error);
  if (error) return "not JSON: " + error.message();
  if (!document.is_object()) return "must be a JSON object";
  reader reads(into);
  reads.read(document.get_object());
  reads.check();
  return reads.faults();
}

json::object write_behaviour(const behaviour_settings& settings) {
  json::object result;
  result["seed"] = settings.seed;
  result["latency_ms"] = write_delay(settings.latency_min_ms, settings.latency_max_ms);
  json::object outcomes;
  for (std::size_t i = 0; i < outcome_count; ++i)
    if (settings.weights[i] > 0) outcomes[outcome_names[i]] = write_number(settings.weights[i]);
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
    for (const turn& t : turns)
      names.push_back(write_turn(t));
    if (names.size() == 1) by_recipient[recipient] = names.front();
    else by_recipient[recipient] = std::move(names);
  }
  result["by_recipient"] = std::move(by_recipient);
  if (settings.reply != reply_rule{}) result["reply"] = write_reply_rule(settings.reply);
  json::object stages;
  for (const auto& [stage, rule] : settings.stages) {
    reply_rule told = rule;
    told.stage = smtp_stage::rcpt;  // its name says it
    stages[smtp_stage_names[static_cast<std::size_t>(stage)]] = write_reply_rule(told);
  }
  if (!stages.empty()) result["stages"] = std::move(stages);
  if (settings.receipts.kind != receipt_kind::none || !settings.receipts.by_recipient.empty())
    result["receipts"] = write_receipts(settings.receipts);
  return result;
}

}  // namespace postrider::provider_sim
