#include "http/routes/providers.hpp"

#include "http/json/json_writer.hpp"
#include "http/routes/body.hpp"
#include "http/routes/send_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::http::routes {
namespace {

using provider_infos = std::vector<actors::provider_info>;

double milliseconds(std::chrono::microseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

void write_circuit(json_writer& json, const actors::circuit_info& circuit) {
  json.key("circuit")
      .begin_object()
      .member("state", circuit.state)
      .text_or_null("reason", circuit.reason)
      .member("since", circuit.since)
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

void write_challenge(json_writer& json, const std::optional<actors::challenge_info>& challenge) {
  json.key("challenge");
  if (!challenge) return void(json.null());
  json.begin_object()
      .member("token", challenge->token)
      .member("since", challenge->since)
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
  write_challenge(json, info.challenge);
  json.member("paused_until", info.paused_until);
  json.key("limits").begin_object().member("max_in_flight", info.max_in_flight).end_object();
  json.member("in_flight", info.in_flight).member("queued", info.queued).end_object();
}

problem no_such_provider(const std::string& name, const provider_infos& all) {
  constexpr std::size_t most_names = 20;
  std::string known;
  for (std::size_t i = 0; i < std::min(all.size(), most_names); ++i)
    known += (i == 0 ? "; known are " : ", ") + all[i].name;
  if (all.size() > most_names) known += fmt::format(" and {} more", all.size() - most_names);
  return {problem_code::not_found, fmt::format("there is no provider \"{}\"{}", name, known)};
}

std::optional<problem> write_one(const actors::provider_info& info, response& answer) {
  json_writer json(answer.body);
  write_provider(json, info);
  return std::nullopt;
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

/// A captcha has a few thousand characters.
constexpr std::size_t longest_proof = 16 * 1024;

/// One word; blanks and line ends around it, as they are pasted, are left out.
std::string read_proof(const field& from) {
  const auto text = from.text(1, longest_proof);
  if (!text) return {};
  constexpr std::string_view blanks = " \t\r\n";
  const auto begin = std::min(text->find_first_not_of(blanks), text->size());
  const auto word = text->substr(begin, text->find_last_not_of(blanks) + 1 - begin);
  if (!word.empty() && std::ranges::all_of(word, [](char c) { return c > ' ' && c < 0x7f; }))
    return std::string(word);
  from.wrong("bad_text", "it must be one word of ASCII characters, such as signalcaptcha://...");
  return {};
}

constexpr std::array challenge_members{
    member<actors::challenge_input>{
        "captcha", presence::required,
        [](const field& from, actors::challenge_input& into) { into.captcha = read_proof(from); }},
    member<actors::challenge_input>{
        "token", presence::optional,
        [](const field& from, actors::challenge_input& into) { into.token = read_proof(from); }},
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
  x.ask<provider_infos>(
      [](actors::gateway& gateway, auto done) { gateway.providers(std::move(done)); },
      [](const provider_infos& all, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object().key("data").begin_array();
        for (const auto& info : all)
          write_provider(json, info);
        json.end_array().end_object();
        return std::nullopt;
      });
}

void get_provider(exchange& x) {
  x.ask<provider_infos>(
      [](actors::gateway& gateway, auto done) { gateway.providers(std::move(done)); },
      [name = x.request.parameters[0]](const provider_infos& all,
                                       response& answer) -> std::optional<problem> {
        const auto found = std::ranges::find(all, name, &actors::provider_info::name);
        if (found == all.end()) return no_such_provider(name, all);
        json_writer json(answer.body);
        write_provider(json, *found);
        return std::nullopt;
      });
}

void patch_provider(exchange& x) {
  provider_patch wanted;
  if (!read_body<provider_patch>(x, patch_members, wanted)) return;
  x.ask<actors::provider_info>(
      [name = x.request.parameters[0], on = wanted.active](actors::gateway& gateway, auto done) {
        gateway.switch_provider(name, on, std::move(done));
      },
      write_one);
}

void answer_challenge(exchange& x) {
  actors::challenge_input wanted;
  if (!read_body<actors::challenge_input>(x, challenge_members, wanted)) return;
  x.ask<actors::provider_info>(
      [name = x.request.parameters[0], wanted](actors::gateway& gateway, auto done) {
        gateway.answer_challenge(name, wanted, std::move(done));
      },
      write_one);
}

void test_provider(exchange& x) {
  trial_request wanted;
  if (!read_body<trial_request>(x, trial_members, wanted)) return;
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
