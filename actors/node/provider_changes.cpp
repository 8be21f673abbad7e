#include "actors/node/provider_changes.hpp"

#include "actors/api/service_errors.hpp"
#include "actors/rules/provider_directory.hpp"
#include "actors/rules/provider_lookup.hpp"
#include "actors/rules/provider_names.hpp"
#include "base/log.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace postrider::actors {
namespace {

constexpr std::size_t max_changes_waiting = 4;

/// A provider that would never be called: its calls may take longer than two thirds of the lease.
const provider_settings* too_slow_for(milliseconds lease,
                                      const std::vector<provider_settings>& providers) {
  const auto slow = std::ranges::find_if(
      providers, [lease](const auto& one) { return one.timeout * 3 > lease * 2; });
  return slow == providers.end() ? nullptr : &*slow;
}

void log_switched(const provider_directory& before,
                  const std::vector<persistence::provider>& known) {
  for (const auto& record : known) {
    const auto old = before.all.find(record.id);
    if (old != before.all.end() && old->second.enabled != record.enabled)
      log(log_level::info, "providers",
          "another node switched provider " + record.name + (record.enabled ? " on" : " off"));
  }
}

const persistence::transition_result* first_refused(const write_results& results) {
  const auto at = std::ranges::find_if(results, [](const auto& one) {
    return one.status != persistence::transition_status::applied;
  });
  return at == results.end() ? nullptr : &*at;
}

/// Rows that wait for a time that an idle provider named go to other providers, page by page, as
/// long as it is idle. Rows that no other provider takes wait on.
void move_away(const retry_desk_actor& desk, const directory_board& directory,
               const std::string& provider, std::string cursor) {
  const auto left = runtime_named(*directory->get(), provider);
  if (!left || !left->idle()) return;
  retry_request request;
  request.provider = provider;
  request.only_moves = true;
  request.cursor = std::move(cursor);
  auto then = [desk, directory, provider](const result<retry_report>& done) {
    if (!done)
      return log(log_level::warning, "providers",
                 provider + " is off, but some messages wait on for the time that it named: " +
                     done.error().detail);
    if (!done->next_cursor.empty()) move_away(desk, directory, provider, done->next_cursor);
  };
  caf::anon_send(desk, std::make_shared<retry_job>(std::move(request), std::string(), then));
}

}  // namespace

write_request put_request(const std::vector<provider_settings>& providers) {
  persistence::put_providers put;
  for (const auto& provider : providers)
    put.providers.push_back(
        {0, provider.name, provider.type, provider.priority, provider.active, true});
  for (const auto& type : driver_types())
    put.types.emplace_back(type.name);
  write_request request;
  request.transitions.emplace_back(std::move(put));
  return request;
}

void provider_changes::begin(environment_ptr environment, pipeline_function running,
                             std::function<void()> start_senders) {
  environment_ = std::move(environment);
  running_ = std::move(running);
  start_senders_ = std::move(start_senders);
  configured_ = environment_->settings.providers;
}

void provider_changes::add(const reload_job_ptr& job) {
  if (closed_) return job->finish(stopping("nothing was changed"));
  if (waiting_.size() == max_changes_waiting)
    return job->finish(overloaded("too many changes wait already; nothing was changed"));
  waiting_.push_back(job);
  go_on();
}

void provider_changes::read_again() {
  unread_ = !closed_;
  go_on();
}

void provider_changes::refuse(service_error why) {
  const auto job = waiting_.front();
  waiting_.pop_front();
  job->finish(std::move(why));
  go_on();
}

void provider_changes::go_on() {
  const auto pipeline = running_();
  if (changing_ || !pipeline) return;
  if (waiting_.empty()) return read_providers();
  const auto job = waiting_.front();
  const auto* settings = std::get_if<std::vector<provider_settings>>(&job->request);
  const auto wanted = settings ? *settings : configured_;
  const auto directory = pipeline->directory->get();
  const auto drivers = settings ? make_drivers(*directory, wanted) : drivers_in_use(*directory);
  if (!drivers) return refuse(invalid(drivers.error()));
  if (const auto* slow = too_slow_for(environment_->settings.node.lease, wanted))
    return refuse(invalid(
        "the lease of this server, which only a restart changes, is too short for the timeout of " +
        slow->name));
  auto request = request_for(job->request);
  if (!request)
    return refuse(not_found(no_such_provider(std::get<provider_switch>(job->request).provider,
                                             pipeline->directory->get()->all)));
  changing_ = true;
  self_->request(pipeline->writers.front(), without_timer, std::move(*request))
      .then(
          [this, job, wanted, drivers = *drivers, pipeline](const reply<write_results>& written) {
            if (pipeline == running_()) on_written(job, wanted, drivers, written);
          },
          [](caf::error&) {});
}

/// Nothing for the switch of a provider that is not there.
std::optional<write_request> provider_changes::request_for(const provider_change& change) const {
  if (const auto* settings = std::get_if<std::vector<provider_settings>>(&change))
    return put_request(*settings);
  auto request = put_request(configured_);
  const auto& wanted = std::get<provider_switch>(change);
  const auto directory = running_()->directory->get();
  const auto* known = provider_named(directory->all, wanted.provider);
  if (!known) return std::nullopt;
  // A person waits for it, and can try again.
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::set_provider_enabled{known->id, wanted.on});
  return request;
}

void provider_changes::on_written(const reload_job_ptr& job,
                                  const std::vector<provider_settings>& wanted,
                                  const driver_set& drivers, const reply<write_results>& written) {
  const bool is_switch = std::holds_alternative<provider_switch>(job->request);
  if (written.error && !is_switch) return;
  changing_ = false;
  waiting_.pop_front();
  if (written.error) {
    job->finish(to_service_error(*written.error,
                                 {"whether the provider was switched", "nothing was changed"}));
  } else if (const auto* wrong = first_refused(written.value)) {
    job->finish(invalid(wrong->reason));
  } else {
    job->finish(apply(wanted, drivers, written.value.front().providers, !is_switch));
  }
  go_on();
}

/// Between two changes, so that what it finds is never older than what a change wrote.
void provider_changes::read_providers() {
  if (!std::exchange(unread_, false)) return;
  changing_ = true;
  const auto pipeline = running_();
  self_->request(pipeline->readers.front(), without_timer, providers_atom_v)
      .then(
          [this, pipeline](const reply<persistence::known_providers>& read) {
            if (pipeline != running_()) return;
            changing_ = false;
            // The selector finds the old version and asks again.
            if (!read.error) on_read(read.value);
            go_on();
          },
          [](caf::error&) {});
}

void provider_changes::on_read(const persistence::known_providers& read) {
  const auto pipeline = running_();
  const auto before = pipeline->directory->get();
  const auto known = as_configured(read.all, configured_);
  auto seen = std::make_shared<provider_directory>(*before);
  seen->version = read.version;
  pipeline->directory->set(std::move(seen));
  const auto record = &std::pair<const persistence::provider_id, persistence::provider>::second;
  if (std::ranges::equal(known, before->all, {}, {}, record)) return;
  log_switched(*before, known);
  apply(configured_, drivers_in_use(*before), known, false);
}

void provider_changes::leave_idle(const provider_directory& before) const {
  const auto pipeline = running_();
  const auto directory = pipeline->directory->get();
  for (const auto& [id, provider] : directory->usable) {
    if (!provider->idle()) continue;
    const auto old = before.usable.find(id);
    const bool was_idle = old == before.usable.end() || old->second->idle();
    if (!was_idle) move_away(pipeline->retries, pipeline->directory, provider->record.name, {});
  }
}

reload_report provider_changes::apply(const std::vector<provider_settings>& wanted,
                                      const driver_set& drivers,
                                      const std::vector<persistence::provider>& known,
                                      bool settings_were_read) {
  const auto pipeline = running_();
  auto& p = *pipeline;
  const auto before = p.directory->get();
  reload_report report;
  p.directory->set(change_directory(*p.directory->get(), known, wanted, drivers,
                                    environment_->settings.limits, report));
  configured_ = wanted;
  start_senders_();
  const auto directory = p.directory->get();
  const auto senders = p.senders->get();
  for (const auto& [id, sender] : *senders) {
    // A provider that is held for its settings waits for new settings, not for another's switch.
    const auto old = before->usable.find(id);
    const bool same = old != before->usable.end() && old->second == directory->usable.at(id);
    if (same && !settings_were_read) continue;
    self_->send(sender, configure_atom_v, directory->usable.at(id));
  }
  self_->send(p.selector, configure_atom_v);
  self_->send(p.receipts, configure_atom_v);
  self_->send(p.dispatcher, wake_atom_v);
  leave_idle(*before);
  return report;
}

}  // namespace postrider::actors
