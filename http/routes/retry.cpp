#include "http/routes/retry.hpp"

#include "http/json_writer.hpp"
#include "http/routes/body.hpp"

#include <array>

namespace postrider::http::routes {
namespace {

/// Without filters yet: each will be a line here.
constexpr std::array<member<actors::retry_request>, 0> members{};

}  // namespace

void retry_failed(exchange& x) {
  actors::retry_request request;
  const auto read = [&](const field& document) {
    read_members<actors::retry_request>(document, members, request);
  };
  if (!x.request.body.empty() && !read_body(x, read)) return;
  x.ask<actors::retry_report>(
      [request](actors::gateway& gateway, auto done) { gateway.retry(request, std::move(done)); },
      [](const actors::retry_report& report, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object()
            .member("selected", report.selected)
            .member("retried", report.retried)
            .key("skipped")
            .begin_array();
        for (const auto& one : report.skipped)
          json.begin_object().member("id", one.id).member("reason", one.reason).end_object();
        json.end_array().end_object();
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
