#include "http/routes/metrics.hpp"

#include "http/exchange.hpp"
#include "http/metrics_text.hpp"
#include "http/statistics.hpp"

namespace postrider::http::routes {

void metrics(exchange& x) {
  x.ask<boost::json::object>(
      [](actors::gateway& gateway, auto done) {
        gateway.inspect("", [done](actors::result<boost::json::object> inspected) {
          done(inspected ? std::move(*inspected) : boost::json::object());
        });
      },
      [&counted = x.counters, ready = x.gateway.ready().ready && !x.draining && !x.drained.load()](
          boost::json::object& document, response& answer) -> std::optional<problem> {
        document["http"] = statistics(counted);
        document["server"] = {{"ready", ready}};
        answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
        answer.body = metrics_text(document);
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
