#include "http/routes/sources.hpp"

#include "http/json/json_writer.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/idempotency_key.hpp"
#include "http/sources/source_reader.hpp"
#include "http/traceparent.hpp"
#include "inbound/repeat_rule.hpp"
#include "inbound/source_board.hpp"
#include "inbound/source_call.hpp"
#include "inbound/source_ends.hpp"
#include "sources/answers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::http::routes {
namespace {

using sources::translation;

problem_code code_for(unsigned status) {
  switch (status) {
    case 401: return problem_code::unauthorized;
    case 403: return problem_code::forbidden;
    case 404: return problem_code::not_found;
    case 405: return problem_code::method_not_allowed;
    default: return problem_code::unusable_payload;
  }
}

void answer_stored(const source_ptr& source, const translation& made,
                   const std::vector<sent_message>& ends, actors::time_point now,
                   const std::string& request_id, response& answer) {
  auto form = sources::answer_of(source->settings, made, stored_of(ends), now);
  answer.status = form.status;
  answer.body = std::move(form.body);
  answer.source = outcome_of(source, made, ends, request_id);
  answer.replayed = answer.source.result == source_result::repeated;
}

void write_source_request(json_writer& json, const source_request& one) {
  json.begin_object()
      .member("at", one.at)
      .member("request_id", one.request_id)
      .member("method", one.method)
      .member("target", one.target)
      .member("content_type", one.content_type)
      .member("user_agent", one.user_agent)
      .member("bytes", one.bytes)
      .member("body", one.body)
      .member("status", one.status)
      .member("result", source_result_names[static_cast<std::size_t>(one.outcome.result)])
      .member("detail", one.outcome.detail)
      .key("messages")
      .begin_array();
  for (const auto& id : one.outcome.messages)
    json.value(id);
  json.end_array().end_object();
}

problem no_such_source(std::string_view name) {
  return {problem_code::not_found,
          fmt::format("there is no source \"{}\"; [[source]] in the configuration makes one, and "
                      "GET /v1/sources lists them",
                      name)};
}

/// Null: there is no such source.
std::shared_ptr<const source_history> history_named(const inbound::common_state& common,
                                                    std::string_view name) {
  if (name == inbound::mail_of_users) return common.of_users;
  const auto source = common.sources.get()->named(name);
  return source ? source->history : nullptr;
}

}  // namespace

void receive_at_source(exchange& x) {
  const auto source = x.request.source;
  if (!source) return x.fail(no_such_source(x.request.parameters[0]));
  const auto input = source_input(x.request);
  if (!input) return x.fail({problem_code::bad_path, "the path must be percent-encoded UTF-8"});
  auto made = sources::translate(source->settings, *input);
  if (!made) return x.fail({code_for(made.error().status), std::move(made.error().detail)});
  if (!made->skipped.empty()) {
    auto form = sources::answer_of(source->settings, *made, {}, input->now);
    x.response.status = form.status;
    x.response.body = std::move(form.body);
    x.response.source = {source_result::skipped, {}, 0, made->skipped};
    return;
  }
  std::optional<actors::once_only> own;
  if (!read_idempotency_key(x, own)) return;
  const bool tests = caller(x).tests();
  const repeat_rule repeats(source->settings, *made, tests, own);
  auto messages = std::move(made->messages);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    messages[i].test = tests;
    messages[i].traceparent = traceparent_of(x.request);
    messages[i].once = repeats.for_recipient(made->to[i]);
  }
  auto recipients = made->to;
  x.ask<std::vector<sent_message>>(
      [messages = std::move(messages), to = std::move(recipients), trace = x.request.id](
          actors::gateway& gateway, auto done) mutable {
        send_all(gateway, std::move(messages), std::move(to), trace, std::move(done));
      },
      [source, made = std::move(*made), now = input->now, id = x.request.id,
       harmless = repeats.is_harmless()](const std::vector<sent_message>& ends,
                                         response& answer) -> std::optional<problem> {
        if (auto failed = failure_of(ends, harmless)) return to_problem(std::move(*failed));
        answer_stored(source, made, ends, now, id, answer);
        return std::nullopt;
      });
}

void get_sources(exchange& x) {
  json_writer json(x.response.body);
  json.begin_object().key("data").begin_array();
  for (const auto& one : x.common.sources.get()->all()) {
    const auto& of = one->settings;
    const auto report = one->history->report();
    json.begin_object()
        .member("name", of.name)
        .member("type", sources::to_string(of.type))
        .member("path", "/in/" + of.name)
        .text_or_null("host", of.host)
        .key("requests")
        .begin_object();
    for (const auto& [result, count] : report.at("requests").as_object())
      json.member(std::string_view(result.data(), result.size()), count.to_number<std::uint64_t>());
    json.end_object().member("messages", report.at("messages").to_number<std::uint64_t>());
    const auto* last = report.if_contains("last_request_at");
    json.text_or_null("last_request_at", last ? std::string_view(last->as_string()) : "");
    json.end_object();
  }
  json.end_array().end_object();
}

void get_source_requests(exchange& x) {
  const auto history = history_named(x.common, x.request.parameters[0]);
  if (!history) return x.fail(no_such_source(x.request.parameters[0]));
  json_writer json(x.response.body);
  json.begin_object().key("data").begin_array();
  for (const auto& one : history->requests())
    write_source_request(json, one);
  json.end_array().end_object();
}

}  // namespace postrider::http::routes
