#include "actors/rules/failure_listing.hpp"

#include "actors/providers/test_mode.hpp"

namespace postrider::actors {

persistence::failure_query ledger_query(const failure_request& request, const providers_by_id& all,
                                        time_point now) {
  persistence::failure_query query;
  query.users = request.users;
  query.since = now - failure_span;
  if (!request.test) return query;
  for (const auto& [id, provider] : all)
    if (is_test_provider(provider.name)) query.providers.push_back(id);
  // Ids begin at 1, so nothing fits.
  if (query.providers.empty()) query.providers.push_back(0);
  return query;
}

failure_report describe(const persistence::failure_groups& found, time_point since,
                        const providers_by_id& all) {
  failure_report report;
  report.seen = found.seen;
  report.complete = found.complete;
  report.since = since;
  for (const auto& one : found.groups) {
    const auto provider = all.find(one.provider);
    report.groups.push_back({one, provider == all.end() ? provider_label()
                                                        : provider_label{provider->second.name,
                                                                         provider->second.type}});
  }
  return report;
}

}  // namespace postrider::actors
