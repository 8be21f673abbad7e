#include "http/routes/failures.hpp"

#include "http/json/json_writer.hpp"
#include "http/routes/caller.hpp"

namespace postrider::http::routes {
namespace {

void write_group(json_writer& json, const actors::failure_report::group& group) {
  const auto& counted = group.counted;
  json.begin_object()
      .text_or_null("provider", group.provider.name)
      .text_or_null("provider_type", group.provider.type)
      .member("error_code", persistence::to_string(counted.error))
      .member("count", counted.count)
      .member("at_least", counted.at_least)
      .member("first_at", counted.first_at)
      .member("last_at", counted.last_at)
      .key("last")
      .begin_object()
      .member("message_id", persistence::to_string(counted.message))
      .member("transaction_id", counted.last)
      .text_or_null("error_message", counted.last_error)
      .end_object()
      .end_object();
}

}  // namespace

void get_failures(exchange& x) {
  const caller who(x);
  x.ask<actors::failure_report>(
      [request = actors::failure_request{who.users(), who.tests()}](
          actors::gateway& gateway, auto done) { gateway.failures(request, std::move(done)); },
      [](const actors::failure_report& report, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object().key("data").begin_array();
        for (const auto& group : report.groups)
          write_group(json, group);
        json.end_array()
            .member("looked_at", report.seen)
            .member("since", report.since)
            .member("complete", report.complete)
            .end_object();
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
