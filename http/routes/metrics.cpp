#include "http/routes/metrics.hpp"

#include "http/connection/exchange.hpp"
#include "http/metrics_text.hpp"
#include "http/statistics.hpp"

namespace postrider::http::routes {

namespace {

/// 1 for the state that it is.
boost::json::object states_of(actors::database_state is) {
  using actors::database_state;
  const auto one_if = [is](database_state state) { return is == state ? 1 : 0; };
  return {{"usable", one_if(database_state::usable)},
          {"locked", one_if(database_state::locked)},
          {"full", one_if(database_state::full)},
          {"failing", one_if(database_state::failing)},
          {"unreachable", one_if(database_state::unreachable)}};
}

}  // namespace

void metrics(exchange& x) {
  const auto state = x.gateway.ready();
  x.ask<boost::json::object>(
      [](actors::gateway& gateway, auto done) {
        gateway.inspect("", [done](actors::result<boost::json::object> inspected) {
          done(inspected ? std::move(*inspected) : boost::json::object());
        });
      },
      [&counted = x.counters, &common = x.common,
       ready = state.ready && !x.draining && !x.common.drained.load(), database = state.database](
          boost::json::object& document, response& answer) -> std::optional<problem> {
        document["http"] = statistics(counted);
        document["sources"] = source_statistics(common.sources, *common.of_users);
        common.report_sections(document);
        document["server"] = {{"ready", ready}, {"database", states_of(database)}};
        answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
        answer.body = metrics_text(document);
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
