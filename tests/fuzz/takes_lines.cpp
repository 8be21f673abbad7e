#include "http/router.hpp"

namespace postrider::http {

/// All that the gate asks of the router, which has every route behind it, and CAF behind those.
bool takes_lines(const request& from) {
  return from.method == method::post && from.path == "/v1/messages/bulk";
}

}  // namespace postrider::http
