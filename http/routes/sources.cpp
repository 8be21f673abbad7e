#include "http/routes/sources.hpp"

#include "base/digest.hpp"
#include "base/log.hpp"
#include "http/json/json_writer.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/idempotency_key.hpp"
#include "http/sources/source_board.hpp"
#include "http/sources/source_call.hpp"
#include "http/sources/source_reader.hpp"
#include "http/traceparent.hpp"
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

std::string_view bytes_of(const persistence::hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

/// One message of a request that may come twice. A key of the client's own is within that client;
/// an event is the same whoever tells it, because two Alertmanagers of a pair do.
class repeat_rule {
 public:
  /// False: the key cannot be used, and the answer says why.
  bool read(exchange& x, const translation& made) {
    const auto& of = x.request.source->settings;
    if (!read_idempotency_key(x, once_)) return false;
    if (!once_ && !made.event.empty() && of.dedupe.count() > 0) {
      const auto event = sha256(made.event);
      // The payload may differ in what does not make it another event.
      once_ = actors::once_only{0, event, event, of.dedupe};
    }
    place_ = fmt::format("source\n{}\n{}\n", of.name, caller(x).tests() ? "test" : "");
    return true;
  }
  std::optional<actors::once_only> for_recipient(const std::string& to) const {
    auto once = once_;
    if (once) once->key = sha256(place_ + to + "\n" + std::string(bytes_of(once->key)));
    return once;
  }
  /// A repeat of the request stores only what is missing.
  bool is_harmless() const { return once_.has_value(); }

 private:
  std::optional<actors::once_only> once_;
  std::string place_;
};

/// Recipients that can never get this message, as one text.
std::string failures_of(const std::vector<sent_message>& ends) {
  std::string text;
  for (const auto& one : ends)
    if (one.end.has_error())
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", one.to, one.end.error().detail);
  return text;
}

/// Without the recipients: the log shows them only where the configuration says so.
void log_failures(const std::string& source, std::size_t stored, std::size_t all,
                  const std::string& request_id) {
  const log_field fields[]{{"request_id", request_id}};
  log(log_level::warning, "sources",
      fmt::format("the source {0} stored its message for {1} of {2} recipients; "
                  "GET /v1/sources/{0}/requests says why",
                  source, stored, all),
      fields);
}

std::vector<sources::stored_message> stored_of(const std::vector<sent_message>& ends) {
  std::vector<sources::stored_message> stored;
  for (const auto& one : ends)
    if (one.end.has_value())
      stored.push_back({persistence::to_string(one.end->message),
                        one.end->transactions.empty() ? 0 : one.end->transactions.front().id,
                        one.to, one.end->replayed});
  return stored;
}

/// The answer when no message can succeed later. Nothing: some cannot, but a repeat would send the
/// others twice, so it is a success with a warning.
std::optional<problem> failure_of(const std::vector<sent_message>& ends, bool harmless) {
  const auto failed =
      std::ranges::find_if(ends, [](const auto& one) { return one.end.has_error(); });
  if (failed == ends.end()) return std::nullopt;
  const bool all = std::ranges::all_of(ends, [](const auto& one) { return one.end.has_error(); });
  if (!all && !harmless) return std::nullopt;
  auto error = failed->end.error();
  error.detail = failures_of(ends);
  return to_problem(std::move(error));
}

void answer_stored(const source_ptr& source, const translation& made,
                   const std::vector<sent_message>& ends, actors::time_point now,
                   const std::string& request_id, response& answer) {
  const auto stored = stored_of(ends);
  auto form = sources::answer_of(source->settings, made, stored, now);
  answer.status = form.status;
  answer.body = std::move(form.body);
  auto& outcome = answer.source;
  for (const auto& one : stored) {
    outcome.messages.push_back(one.message_id);
    if (!one.repeated) ++outcome.stored;
  }
  outcome.detail = made.fault;
  if (const auto failures = failures_of(ends); !failures.empty()) {
    log_failures(source->settings.name, stored.size(), ends.size(), request_id);
    outcome.detail += (outcome.detail.empty() ? "" : "; ") + failures;
  }
  const bool repeated =
      !stored.empty() && std::ranges::all_of(stored, &sources::stored_message::repeated);
  outcome.result = repeated ? source_result::repeated : source_result::stored;
  answer.replayed = repeated;
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
  repeat_rule repeats;
  if (!repeats.read(x, *made)) return;
  auto messages = std::move(made->messages);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    messages[i].test = caller(x).tests();
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
        if (auto failed = failure_of(ends, harmless)) return failed;
        answer_stored(source, made, ends, now, id, answer);
        return std::nullopt;
      });
}

void get_sources(exchange& x) {
  json_writer json(x.response.body);
  json.begin_object().key("data").begin_array();
  for (const auto& one : x.sources.get()->all()) {
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
  const auto source = x.sources.get()->named(x.request.parameters[0]);
  if (!source) return x.fail(no_such_source(x.request.parameters[0]));
  json_writer json(x.response.body);
  json.begin_object().key("data").begin_array();
  for (const auto& one : source->history->requests())
    write_source_request(json, one);
  json.end_array().end_object();
}

}  // namespace postrider::http::routes
