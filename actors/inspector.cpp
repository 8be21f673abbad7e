#include "actors/inspector.hpp"

namespace postrider::actors {
namespace {

constexpr milliseconds part_timeout{500};

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
  };
}

caf::result<inspection> inspector_state::on_inspect(const std::string& section) {
  auto out = std::make_shared<report>();
  out->promise = self_->make_response_promise<inspection>();
  out->missing =
      1;  // This function's own part, so that nothing is delivered before all were asked.
  const auto wanted = [&](std::string_view part) { return section.empty() || section == part; };
  if (wanted("build"))
    out->content["build"] = {
        {"version", POSTRIDER_VERSION},
        {"uptime_ms",
         std::chrono::duration_cast<milliseconds>(self_->clock().now() - started_).count()}};
  if (wanted("intake")) ask(out, "intake", false, actors_->intake);
  if (wanted("selector")) ask(out, "selector", false, actors_->selector);
  if (wanted("scheduler")) ask(out, "scheduler", false, actors_->scheduler);
  if (wanted("archiver")) ask(out, "archiver", false, actors_->archiver);
  if (wanted("retention")) ask(out, "retention", false, actors_->retention);
  if (wanted("keys")) ask(out, "keys", false, actors_->keys);
  if (wanted("receipts")) ask(out, "receipts", false, actors_->receipts);
  if (wanted("retries")) ask(out, "retries", false, actors_->retries);
  if (wanted("node")) ask(out, "node", false, actors_->keeper);
  if (wanted("supervisor")) ask(out, "supervisor", false, supervisor_);
  if (wanted("senders")) {
    const auto senders = actors_->senders->get();
    for (const auto& [id, sender] : *senders)
      ask(out, "senders", true, sender);
  }
  if (wanted("ledger"))
    for (const auto& writer : actors_->writers)
      ask(out, "ledger", true, writer);
  if (wanted("database")) ask_rows(out);
  auto promise = out->promise;
  finish(*out);
  return promise;
}

template <class Handle>
void inspector_state::ask(const report_ptr& out, std::string section, bool is_list,
                          const Handle& actor) {
  ++out->missing;
  self_->request(actor, part_timeout, inspect_atom_v)
      .then(
          [out, section, is_list](inspection& part) {
            add(*out, section, is_list, std::move(part.content));
            finish(*out);
          },
          [out, section, is_list](caf::error&) {
            add(*out, section, is_list, {{"error", "no answer within half a second"}});
            finish(*out);
          });
}

void inspector_state::ask_rows(const report_ptr& out) {
  ++out->missing;
  self_->request(actors_->readers.back(), part_timeout, rows_atom_v)
      .then(
          [this, out](const reply<persistence::row_counts>& rows) {
            boost::json::object part{{"description", environment_->database->description()}};
            if (rows.error) {
              part["error"] = rows.error->message;
            } else {
              const auto& counts = rows.value;
              part["rows"] = {{"pending", counts.pending},
                              {"processing", counts.processing},
                              {"failed", counts.failed},
                              {"history", counts.history},
                              {"late_outcomes", counts.late_outcomes},
                              {"at_least", counts.at_least}};
            }
            add(*out, "database", false, std::move(part));
            finish(*out);
          },
          [out](caf::error&) {
            add(*out, "database", false, {{"error", "no answer within half a second"}});
            finish(*out);
          });
}

void inspector_state::add(report& out, const std::string& section, bool is_list,
                          boost::json::object part) {
  if (!is_list) {
    out.content[section] = std::move(part);
    return;
  }
  auto& list = out.content[section];
  if (!list.is_array()) list = boost::json::array();
  list.as_array().push_back(std::move(part));
}

void inspector_state::finish(report& out) {
  if (--out.missing == 0) out.promise.deliver(inspection{std::move(out.content)});
}

inspector_actor::behavior_type inspector(inspector_actor::stateful_pointer<inspector_state> self,
                                         environment_ptr environment, pipeline_ptr actors,
                                         supervisor_actor supervisor) {
  return self->state.make_behavior(std::move(environment), std::move(actors),
                                   std::move(supervisor));
}

}  // namespace postrider::actors
