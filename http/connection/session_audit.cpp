#include "base/log.hpp"
#include "http/audit.hpp"
#include "http/connection/exchange.hpp"
#include "http/connection/session.hpp"

namespace postrider::http {

/// The change is made: it is answered as it went, also when its entry could not be written.
awaitable<void> session::write_audit(const endpoint& at) {
  auto entry = audit_of(at, request_, response_, front_.connections.address_of(this));
  if (!entry) co_return;
  http::response noted;
  http::exchange x(request_, noted, front_.gateway, front_.counters, front_.draining.load(),
                   front_.exposure, front_.common, *front_.overview);
  x.ask<bool>(
      [entry = std::move(*entry)](actors::gateway& gateway, auto done) mutable {
        gateway.note_audit(std::move(entry), std::move(done));
      },
      [](bool stored, response& answer) -> std::optional<problem> {
        answer.status = stored ? 204 : 500;
        return std::nullopt;
      });
  const auto call = x.call;
  enter(phase::answering, audit_timeout);
  const bool in_time = co_await wait_for(*call);
  if (in_time) call->answer(request_, noted);
  if (in_time && noted.status == 204) {
    ++front_.counters.audit_entries;
    co_return;
  }
  ++front_.counters.audit_failures;
  const log_field fields[]{{"request_id", request_.id}};
  log(log_level::error, "http",
      std::string("the audit entry of ") + std::string(method_name(at.method)) + " " +
          std::string(at.pattern) + " could not be written; the change itself was answered " +
          std::to_string(response_.status),
      fields);
}

}  // namespace postrider::http
