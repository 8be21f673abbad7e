#include "actors/node/inspector.hpp"

namespace postrider::actors {
namespace {

constexpr milliseconds part_timeout{500};
/// So long those who want to see everything wait for the slowest actor.
constexpr milliseconds patience{25};
/// So far back goes what was given up.
constexpr milliseconds given_up_window{std::chrono::hours(24)};

boost::json::array given_up_by(const persistence::given_up& found,
                               const provider_directory& directory, persistence::time_point now) {
  boost::json::array by;
  for (const auto& one : found.counts) {
    const auto provider = directory.all.find(one.provider);
    const auto age = std::chrono::duration_cast<milliseconds>(now - one.last_at).count();
    by.push_back(
        {{"provider", provider == directory.all.end() ? std::string() : provider->second.name},
         {"error", to_string(one.error)},
         {"count", one.count},
         {"last", one.last},
         {"last_age_ms", age}});
  }
  return by;
}

/// One section for two actors: counters of the same name are added, lists are joined.
void join(boost::json::object& section, const boost::json::object& other) {
  for (const auto& [name, value] : other) {
    auto& there = section[name];
    if (there.is_null() || name == "age_ms") there = value;
    else if (there.is_array() && value.is_array())
      there.as_array().insert(there.as_array().end(), value.as_array().begin(),
                              value.as_array().end());
    else if (there.is_number() && value.is_number())
      there = there.to_number<std::int64_t>() + value.to_number<std::int64_t>();
  }
}

}  // namespace

inspector_actor::behavior_type inspector_state::make_behavior(environment_ptr environment,
                                                              pipeline_ptr actors,
                                                              supervisor_actor supervisor) {
  environment_ = std::move(environment);
  actors_ = std::move(actors);
  supervisor_ = std::move(supervisor);
  started_ = self_->clock().now();
  return {
      [this](inspect_atom, const std::string& section) { return on_inspect(section); },
      [this](tick_atom, std::uint64_t number) { on_patience_ended(number); },
  };
}

caf::result<inspection> inspector_state::on_inspect(const std::string& section) {
  auto out = std::make_shared<report>();
  out->promise = self_->make_response_promise<inspection>();
  out->wanted = section;
  // This function's own part, so that nothing is delivered before all were asked.
  const part own{"build", std::nullopt};
  out->waiting.insert(own);
  const auto wanted = [&](std::string_view one) { return section.empty() || section == one; };
  const auto ask_one = [&](const char* one, const auto& actor) {
    if (wanted(one)) ask(out, {one, std::nullopt}, actor);
  };
  ask_one("intake", actors_->intake);
  ask_one("selector", actors_->selector);
  ask_one("scheduler", actors_->scheduler);
  // The scheduler's section has what the dispatcher does as well.
  if (wanted("scheduler") || wanted("dispatcher"))
    ask(out, {"dispatcher", std::nullopt}, actors_->dispatcher);
  ask_one("archiver", actors_->archiver);
  ask_one("events", actors_->feed);
  ask_one("endpoints", actors_->endpoints);
  ask_one("retention", actors_->retention);
  ask_one("keys", actors_->keys);
  ask_one("receipts", actors_->receipts);
  ask_one("retries", actors_->retries);
  ask_one("node", actors_->keeper);
  ask_one("supervisor", supervisor_);
  if (wanted("senders")) {
    out->content["senders"] = boost::json::array();
    const auto senders = actors_->senders->get();
    for (const auto& [id, sender] : *senders)
      ask(out, {"senders", id}, sender);
  }
  if (wanted("ledger"))
    for (std::size_t i = 0; i < actors_->writers.size(); ++i)
      ask(out, {"ledger", static_cast<std::int32_t>(i)}, actors_->writers[i]);
  if (wanted("database")) ask_rows(out);
  if (section == "given_up") ask_given_up(out);
  if (section.empty()) {
    out->number = ++last_number_;
    hurried_.emplace(out->number, out);
    self_->delayed_send(self_, patience, tick_atom_v, out->number);
  }
  auto promise = out->promise;
  if (wanted("build")) add(*out, own, build());
  out->waiting.erase(own);
  if (out->waiting.empty()) deliver(*out);
  return promise;
}

boost::json::object inspector_state::build() const {
  const auto uptime = self_->clock().now() - started_;
  return {{"version", POSTRIDER_VERSION},
          {"compiler", __VERSION__},
          {"uptime_ms", std::chrono::duration_cast<milliseconds>(uptime).count()}};
}

/// The waiting rows of a provider that is no longer in the configuration.
boost::json::array inspector_state::waiting_in(const std::vector<persistence::lane_count>& lanes,
                                               const provider_directory& directory) {
  boost::json::array waiting;
  for (const auto& lane : lanes) {
    const auto provider = persistence::provider_of(lane.lane);
    const bool retries = lane.lane == persistence::retry_lane;
    if (!retries && lane.due + lane.later == 0 && !directory.usable.contains(provider)) continue;
    boost::json::object one{{"state", retries ? "failed" : "pending"}};
    if (!retries) {
      one["provider"] = directory.all.at(provider).name;
      one["priority"] = to_string(persistence::priority_of(lane.lane));
    }
    one["transactions"] = {{"due", lane.due}, {"later", lane.later}};
    one["at_least"] = lane.at_least;
    waiting.push_back(std::move(one));
  }
  return waiting;
}

template <class Handle>
void inspector_state::ask(const report_ptr& out, const part& what, const Handle& actor) {
  out->waiting.insert(what);
  self_->request<caf::message_priority::high>(actor, part_timeout, inspect_atom_v)
      .then(
          [this, out, what](inspection& answer) { answered(out, what, std::move(answer.content)); },
          [this, out, what](caf::error&) { silent(out, what); });
}

void inspector_state::ask_rows(const report_ptr& out) {
  const part what{"database", std::nullopt};
  out->waiting.insert(what);
  const auto directory = actors_->directory->get();
  std::vector<persistence::lane> lanes{persistence::retry_lane};
  for (const auto& [id, record] : directory->all)
    for (const auto priority : persistence::all_priorities)
      lanes.push_back(persistence::lane_of(id, priority));
  self_
      ->request<caf::message_priority::high>(actors_->readers.back(), part_timeout, rows_atom_v,
                                             std::move(lanes))
      .then(
          [this, out, what, directory](const reply<database_counts>& rows) {
            boost::json::object content{{"description", environment_->database->description()}};
            if (rows.error) {
              content["error"] = rows.error->message;
            } else {
              const auto& counts = rows.value.rows;
              content["waiting"] = waiting_in(rows.value.lanes, *directory);
              content["rows"] = {{"pending", counts.pending},
                                 {"processing", counts.processing},
                                 {"failed", counts.failed},
                                 {"history", counts.history},
                                 {"late_outcomes", counts.late_outcomes},
                                 {"at_least", counts.at_least}};
            }
            answered(out, what, std::move(content));
          },
          [this, out, what](caf::error&) { silent(out, what); });
}

void inspector_state::ask_given_up(const report_ptr& out) {
  const part what{"given_up", std::nullopt};
  out->waiting.insert(what);
  const auto now = environment_->wall_clock();
  const auto directory = actors_->directory->get();
  self_
      ->request<caf::message_priority::high>(actors_->readers.back(), part_timeout, failures_atom_v,
                                             std::int64_t{given_up_window.count()})
      .then(
          [this, out, what, now, directory](const reply<persistence::given_up>& found) {
            boost::json::object content{{"window_ms", given_up_window.count()}};
            if (found.error) {
              content["error"] = found.error->message;
            } else {
              content["at_least"] = found.value.at_least;
              content["by"] = given_up_by(found.value, *directory, now);
            }
            answered(out, what, std::move(content));
          },
          [this, out, what](caf::error&) { silent(out, what); });
}

/// Also when the report has gone without it: then it is for the next one.
void inspector_state::answered(const report_ptr& out, const part& what,
                               boost::json::object content) {
  known_[what] = {content, self_->clock().now()};
  if (out->waiting.erase(what) == 0) return;
  add(*out, what, std::move(content));
  if (out->waiting.empty()) deliver(*out);
}

void inspector_state::silent(const report_ptr& out, const part& what) {
  if (out->waiting.erase(what) == 0) return;
  add(*out, what, {{"error", "no answer within half a second"}});
  if (out->waiting.empty()) deliver(*out);
}

void inspector_state::on_patience_ended(std::uint64_t number) {
  const auto found = hurried_.find(number);
  if (found == hurried_.end()) return;
  const auto out = found->second;
  for (const auto& what : out->waiting)
    add_known(*out, what);
  out->waiting.clear();
  deliver(*out);
}

void inspector_state::add_known(report& out, const part& what) const {
  const auto known = known_.find(what);
  if (known == known_.end()) return add(out, what, {{"error", "busy, and never asked before"}});
  auto content = known->second.content;
  content["age_ms"] =
      std::chrono::duration_cast<milliseconds>(self_->clock().now() - known->second.at).count();
  add(out, what, std::move(content));
}

void inspector_state::add(report& out, const part& what, boost::json::object content) {
  if (!what.number) {
    out.content[what.section] = std::move(content);
    return;
  }
  if (what.section == "ledger") content["writer"] = *what.number;
  auto& list = out.content[what.section];
  if (!list.is_array()) list = boost::json::array();
  list.as_array().push_back(std::move(content));
}

void inspector_state::deliver(report& out) {
  auto& content = out.content;
  if (content.contains("scheduler") && content.contains("dispatcher"))
    join(content["scheduler"].as_object(), content["dispatcher"].as_object());
  if (out.wanted == "scheduler") content.erase("dispatcher");
  out.promise.deliver(inspection{std::move(content)});
  hurried_.erase(out.number);
}

inspector_actor::behavior_type inspector(inspector_actor::stateful_pointer<inspector_state> self,
                                         environment_ptr environment, pipeline_ptr actors,
                                         supervisor_actor supervisor) {
  return self->state.make_behavior(std::move(environment), std::move(actors),
                                   std::move(supervisor));
}

}  // namespace postrider::actors
