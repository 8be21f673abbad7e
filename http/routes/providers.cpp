#include "http/routes/providers.hpp"

#include "http/exchange.hpp"
#include "http/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::http::routes {
namespace {

using infos = std::vector<actors::provider_info>;

double milliseconds(std::chrono::microseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

void write_circuit(json_writer& json, const actors::circuit_info& circuit) {
  json.key("circuit")
      .begin_object()
      .member("state", circuit.state)
      .text_or_null("reason", circuit.reason)
      .member("open_until", circuit.open_until)
      .member("held", circuit.held)
      .end_object();
}

void write_health(json_writer& json, const actors::provider_info& info) {
  json.key("health").begin_object().key("outcomes").begin_object();
  for (const auto& [outcome, count] : info.outcomes)
    json.member(outcome, count);
  json.end_object()
      .member("consecutive_failures", info.consecutive_failures)
      .member("latency_p50_ms", milliseconds(info.latency_p50))
      .member("latency_p99_ms", milliseconds(info.latency_p99))
      .text_or_null("last_error", info.last_error)
      .end_object();
}

void write_provider(json_writer& json, const actors::provider_info& info) {
  json.begin_object()
      .member("name", info.name)
      .member("type", info.type)
      .member("priority", info.priority)
      .member("active", info.active);
  write_circuit(json, info.circuit);
  write_health(json, info);
  json.key("limits").begin_object().member("max_in_flight", info.max_in_flight).end_object();
  json.member("in_flight", info.in_flight).member("queued", info.queued).end_object();
}

}  // namespace

void get_providers(exchange& x) {
  x.ask<infos>([](actors::gateway& gateway, auto done) { gateway.providers(std::move(done)); },
               [](const infos& all, response& answer) -> std::optional<problem> {
                 json_writer json(answer.body);
                 json.begin_object().key("data").begin_array();
                 for (const auto& info : all)
                   write_provider(json, info);
                 json.end_array().end_object();
                 return std::nullopt;
               });
}

void get_provider(exchange& x) {
  x.ask<infos>(
      [](actors::gateway& gateway, auto done) { gateway.providers(std::move(done)); },
      [name = x.request.parameters[0]](const infos& all,
                                       response& answer) -> std::optional<problem> {
        const auto found = std::ranges::find(all, name, &actors::provider_info::name);
        if (found == all.end())
          return problem{problem_code::not_found, fmt::format("there is no provider \"{}\"", name)};
        json_writer json(answer.body);
        write_provider(json, *found);
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
