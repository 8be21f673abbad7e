#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// GET /livez: the process answers; looks at nothing else.
void livez(exchange& x);
/// GET /readyz: 503 with the reasons while it should get no work.
void readyz(exchange& x);
/// POST /admin/drain: no new work from here on, and not ready; what was accepted is delivered.
void drain(exchange& x);
/// POST /admin/resume: as it was before.
void resume(exchange& x);
/// GET /admin/inspect?section=: the gateway's document and a section `http` of our own.
void inspect(exchange& x);

}  // namespace postrider::http::routes
