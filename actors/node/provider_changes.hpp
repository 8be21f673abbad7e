#pragma once

#include "actors/pipeline.hpp"
#include "actors/rules/provider_directory.hpp"

#include <deque>
#include <functional>

namespace postrider::actors {

/// The write that makes the ledger's providers those of the configuration.
write_request put_request(const std::vector<provider_settings>& providers);

/// Changes of the providers while the pipeline works: another configuration, or a provider that is
/// switched on or off. Nothing is stopped. The new directory and the new senders are in their
/// places before the selector gives their names to anybody; a removed provider is still there for
/// calls in flight. A switch by another node goes the same way, but for the writing.
class provider_changes {
 public:
  /// The pipeline that works now; null while there is none.
  using pipeline_function = std::function<std::shared_ptr<pipeline>()>;

  explicit provider_changes(supervisor_actor::pointer self) : self_(self) {}
  void begin(environment_ptr environment, pipeline_function running,
             std::function<void()> start_senders);

  /// The configuration in force; the environment has that of the start.
  const std::vector<provider_settings>& configured() const { return configured_; }

  void add(const reload_job_ptr& job);
  /// The ledger has other providers than the directory.
  void read_again();
  /// A pipeline works: the next change may come into force.
  void go_on();
  /// The pipeline has ended: a change that was under way is tried again with the next one.
  void interrupt() { changing_ = false; }
  /// The server stops: no change is taken any more.
  void close() { closed_ = true; }

 private:
  /// Rows that wait for a time that a provider named have no reason to wait for it any more when
  /// the provider is switched off. Not at the start of a pipeline: it reads all rows that wait.
  void leave_idle(const provider_directory& before) const;
  void read_providers();
  void on_read(const persistence::known_providers& read);
  std::optional<write_request> request_for(const provider_change& change) const;
  void on_written(const reload_job_ptr& job, const std::vector<provider_settings>& wanted,
                  const driver_set& drivers, const reply<write_results>& written);
  reload_report apply(const std::vector<provider_settings>& wanted, const driver_set& drivers,
                      const std::vector<persistence::provider>& known, bool settings_were_read);
  void refuse(service_error why);

  supervisor_actor::pointer self_;
  environment_ptr environment_;
  pipeline_function running_;
  std::function<void()> start_senders_;
  std::vector<provider_settings> configured_;
  /// Wait until a pipeline works that can take them; the first one may be under way.
  std::deque<reload_job_ptr> waiting_;
  bool changing_ = false, closed_ = false;
  /// The ledger's providers are to be read when no change waits.
  bool unread_ = false;
};

}  // namespace postrider::actors
