#include "http/routes/providers.hpp"

#include "http/json_writer.hpp"
#include "http/routes/body.hpp"
#include "http/routes/send_reader.hpp"

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

struct provider_patch {
  bool active = true;
};

constexpr std::array patch_members{
    member<provider_patch>{"active", presence::required,
                           [](const field& from, provider_patch& into) {
                             if (const auto yes = from.boolean()) into.active = *yes;
                           }},
};

struct trial_request {
  actors::recipient_input recipient;
};

constexpr std::array trial_members{
    member<trial_request>{
        "recipient", presence::required,
        [](const field& from, trial_request& into) { into.recipient = read_recipient(from); }},
};

std::optional<problem> write_trial(const actors::provider_trial& trial, response& answer) {
  json_writer json(answer.body);
  json.begin_object()
      .member("provider", trial.provider)
      .member("address", trial.address)
      .member("outcome", trial.outcome)
      .text_or_null("detail", trial.detail)
      .text_or_null("provider_ref", trial.provider_ref)
      .member("took_ms", milliseconds(trial.took))
      .end_object();
  return std::nullopt;
}

void write_type(json_writer& json, const actors::provider_type_info& info) {
  json.begin_object().member("name", info.name).member("help", info.help).key("keys").begin_array();
  for (const auto& key : info.keys)
    json.begin_object()
        .member("name", key.name)
        .member("kind", key.kind)
        .member("required", key.required)
        .text_or_null("default", key.default_value)
        .member("help", key.help)
        .end_object();
  json.end_array().end_object();
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

void patch_provider(exchange& x) {
  provider_patch wanted;
  const auto read = [&](const field& document) {
    read_members<provider_patch>(document, patch_members, wanted);
  };
  if (!read_body(x, read)) return;
  x.ask<actors::provider_info>(
      [name = x.request.parameters[0], on = wanted.active](actors::gateway& gateway, auto done) {
        gateway.switch_provider(name, on, std::move(done));
      },
      [](const actors::provider_info& info, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        write_provider(json, info);
        return std::nullopt;
      });
}

void test_provider(exchange& x) {
  trial_request wanted;
  const auto read = [&](const field& document) {
    read_members<trial_request>(document, trial_members, wanted);
  };
  if (!read_body(x, read)) return;
  x.ask<actors::provider_trial>(
      [name = x.request.parameters[0], to = wanted.recipient](actors::gateway& gateway, auto done) {
        gateway.try_provider(name, to, std::move(done));
      },
      write_trial);
}

void get_provider_types(exchange& x) {
  json_writer json(x.response.body);
  json.begin_object().key("data").begin_array();
  for (const auto& info : x.gateway.provider_types())
    write_type(json, info);
  json.end_array().end_object();
}

}  // namespace postrider::http::routes
