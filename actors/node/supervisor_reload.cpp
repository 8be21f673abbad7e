#include "actors/api/service_errors.hpp"
#include "actors/node/supervisor.hpp"
#include "actors/rules/provider_directory.hpp"
#include "actors/rules/provider_lookup.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <utility>

/// The supervisor's other half: a changed configuration comes into force while the pipeline works.
/// Nothing is stopped. The new directory and the new senders are where all find them before the
/// selector gives their names to anybody; who has gone is still there for what is under way. What
/// another node switched on or off goes the same way, but for the writing.
namespace postrider::actors {
namespace {

constexpr std::size_t max_reloads = 4;

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

}  // namespace

write_request supervisor_state::put_request(const std::vector<provider_settings>& providers) const {
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

void supervisor_state::on_reload(const reload_job_ptr& job) {
  if (leaving_) return job->finish(stopping("nothing was changed"));
  if (reloads_.size() == max_reloads)
    return job->finish(overloaded("too many changes wait already; nothing was changed"));
  reloads_.push_back(job);
  reload_next();
}

void supervisor_state::on_providers_changed() {
  providers_changed_ = !leaving_;
  reload_next();
}

void supervisor_state::reload_next() {
  if (reloading_ || !current_ || !current_->intake) return;
  if (reloads_.empty()) return read_providers();
  const auto job = reloads_.front();
  const auto wanted = job->request.providers.value_or(providers_);
  const auto directory = current_->directory->get();
  const auto drivers =
      job->request.switched ? drivers_in_use(*directory) : make_drivers(*directory, wanted);
  const auto& node = environment_->settings.node;
  const auto* slow = too_slow_for(node.lease, wanted);
  if (!drivers || slow) {
    reloads_.pop_front();
    job->finish(invalid(drivers ? "the lease of this server, which only a restart changes, is too "
                                  "short for the timeout of " +
                                      slow->name
                                : drivers.error()));
    return reload_next();
  }
  auto request = change_request(job->request);
  if (!request) {
    reloads_.pop_front();
    job->finish(no_such_provider(job->request.switched->first));
    return reload_next();
  }
  reloading_ = true;
  self_->request(current_->writers.front(), without_timer, std::move(*request))
      .then(
          [this, job, wanted, drivers = *drivers,
           pipeline = current_](const reply<write_results>& written) {
            if (pipeline != current_) return;
            on_change_written(job, wanted, drivers, written);
          },
          [](caf::error&) {});
}

/// Nothing for the switch of a provider that is not there.
std::optional<write_request> supervisor_state::change_request(const provider_change& change) const {
  auto request = put_request(change.providers.value_or(providers_));
  if (!change.switched) return request;
  const auto& [which, on] = *change.switched;
  const auto directory = current_->directory->get();
  const auto* known = provider_named(directory->all, which);
  if (!known) return std::nullopt;
  // A person waits for it, and can try again.
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::set_provider_enabled{known->id, on});
  return request;
}

void supervisor_state::on_change_written(const reload_job_ptr& job,
                                         const std::vector<provider_settings>& wanted,
                                         const driver_set& drivers,
                                         const reply<write_results>& written) {
  const bool given_up = written.error && job->request.switched;
  if (written.error && !given_up) return;
  reloading_ = false;
  reloads_.pop_front();
  if (given_up) {
    job->finish(to_service_error(*written.error,
                                 {"whether the provider was switched", "nothing was changed"}));
  } else if (const auto* wrong = first_refused(written.value)) {
    job->finish(invalid(wrong->reason));
  } else {
    job->finish(apply(wanted, drivers, written.value.front().providers, !job->request.switched));
  }
  reload_next();
}

/// Between two reloads, so that what it finds is never older than what a reload wrote.
void supervisor_state::read_providers() {
  if (!std::exchange(providers_changed_, false)) return;
  reloading_ = true;
  self_->request(current_->readers.front(), without_timer, providers_atom_v)
      .then(
          [this, pipeline = current_](const reply<persistence::known_providers>& read) {
            if (pipeline != current_) return;
            reloading_ = false;
            // The selector finds the old version and asks again.
            if (!read.error) on_providers_read(read.value);
            reload_next();
          },
          [](caf::error&) {});
}

void supervisor_state::on_providers_read(const persistence::known_providers& read) {
  const auto before = current_->directory->get();
  const auto known = as_configured(read.all, providers_);
  auto seen = std::make_shared<provider_directory>(*before);
  seen->version = read.version;
  current_->directory->set(std::move(seen));
  const auto record = &std::pair<const persistence::provider_id, persistence::provider>::second;
  if (std::ranges::equal(known, before->all, {}, {}, record)) return;
  log_switched(*before, known);
  apply(providers_, drivers_in_use(*before), known, false);
}

reload_report supervisor_state::apply(const std::vector<provider_settings>& wanted,
                                      const driver_set& drivers,
                                      const std::vector<persistence::provider>& known,
                                      bool settings_were_read) {
  auto& p = *current_;
  const auto before = p.directory->get();
  reload_report report;
  p.directory->set(change_directory(*p.directory->get(), known, wanted, drivers,
                                    environment_->settings.limits, report));
  providers_ = wanted;
  start_senders();
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
  self_->send(p.scheduler, poke_atom_v);
  return report;
}

}  // namespace postrider::actors
