#include "actors/log.hpp"
#include "actors/provider_directory.hpp"
#include "actors/supervisor.hpp"

#include <algorithm>

/// The supervisor's other half: a changed configuration comes into force while the pipeline works.
/// Nothing is stopped. The new directory and the new senders are where all find them before the
/// selector gives their names to anybody; who has gone is still there for what is under way.
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
  if (leaving_ || reloads_.size() == max_reloads)
    return job->finish(
        service_error{service_errc::overloaded,
                      leaving_ ? "the server is about to stop" : "too many changes wait already",
                      {},
                      {}});
  reloads_.push_back(job);
  reload_next();
}

void supervisor_state::reload_next() {
  if (reloading_ || reloads_.empty() || !current_ || !current_->intake) return;
  const auto job = reloads_.front();
  const auto drivers = make_drivers(*current_->directory->get(), job->request);
  const auto& node = environment_->settings.node;
  const auto* slow = too_slow_for(node.lease, job->request);
  if (!drivers || slow) {
    reloads_.pop_front();
    job->finish(service_error{service_errc::invalid,
                              drivers
                                  ? "the lease of this server, which only a restart changes, is "
                                    "too short for the timeout of " +
                                        slow->name
                                  : drivers.error(),
                              {},
                              {}});
    return reload_next();
  }
  reloading_ = true;
  self_->request(current_->writers.front(), without_timer, put_request(job->request))
      .then(
          [this, job, drivers = *drivers,
           pipeline = current_](const reply<write_results>& written) {
            if (pipeline != current_ || written.error) return;
            reloading_ = false;
            reloads_.pop_front();
            const auto& result = written.value.front();
            if (result.status != persistence::transition_status::applied)
              job->finish(service_error{service_errc::invalid, result.reason, {}, {}});
            else apply(job, drivers, result.providers);
            reload_next();
          },
          [](caf::error&) {});
}

void supervisor_state::apply(const reload_job_ptr& job, const driver_set& drivers,
                             const std::vector<persistence::provider>& known) {
  auto& p = *current_;
  reload_report report;
  p.directory->set(change_directory(*p.directory->get(), known, job->request, drivers,
                                    environment_->settings.limits, report));
  providers_ = job->request;
  start_senders();
  const auto directory = p.directory->get();
  const auto senders = p.senders->get();
  for (const auto& [id, sender] : *senders)
    self_->send(sender, configure_atom_v, directory->usable.at(id));
  self_->send(p.selector, configure_atom_v);
  self_->send(p.receipts, configure_atom_v);
  self_->send(p.scheduler, poke_atom_v);
  job->finish(std::move(report));
}

}  // namespace postrider::actors
