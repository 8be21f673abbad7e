#include "http/routes/explain.hpp"

#include "actors/api/service_errors.hpp"
#include "http/json/json_writer.hpp"
#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/delivery_json.hpp"
#include "http/routes/send_reader.hpp"

namespace postrider::http::routes {
namespace {

using explanations = std::vector<actors::route_explanation>;

void write_candidate(json_writer& json, const actors::explained_candidate& one) {
  json.begin_object()
      .member("provider", one.provider)
      .member("provider_type", one.provider_type)
      .member("rank", one.rank)
      .text_or_null("address", one.address)
      .member("reason", one.reason)
      .end_object();
}

void write_explanation(json_writer& json, const actors::route_explanation& one) {
  json.begin_object().text_or_null("recipient", one.recipient).key("candidates").begin_array();
  for (const auto& each : one.candidates)
    write_candidate(json, each);
  json.end_array();
  if (one.candidates_left_out > 0) json.member("candidates_left_out", one.candidates_left_out);
  json.key("plan").begin_array();
  for (const auto& attempt : one.plan)
    json.begin_object()
        .member("after", std::chrono::duration<double>(attempt.after).count())
        .member("provider", attempt.provider)
        .end_object();
  json.end_array();
  if (one.repeat)
    json.key("repeat")
        .begin_object()
        .member("after", std::chrono::duration<double>(one.repeat->after).count())
        .member("at_most", std::chrono::duration<double>(one.repeat->at_most).count())
        .member("until", one.repeat->until)
        .end_object();
  if (one.waiting) write_waiting(json, *one.waiting);
  json.end_object();
}

void write_explanations(json_writer& json, const explanations& all) {
  json.begin_object().key("recipients").begin_array();
  for (const auto& one : all)
    write_explanation(json, one);
  json.end_array().end_object();
}

void explain_own(actors::gateway& gateway, actors::transaction_id id, const caller& who,
                 actors::completion<actors::route_explanation> done) {
  gateway.find_transaction(
      id, [&gateway, id, who, done](actors::result<actors::transaction_info> found) {
        if (!found) return done(std::move(found).error());
        if (!who.sees(*found)) return done(actors::no_such_transaction(id));
        gateway.explain_transaction(id, done);
      });
}

}  // namespace

void explain_route(exchange& x) {
  actors::send_request request;
  if (!read_body(x, [&](const field& document) { read_send_request(document, request); })) return;
  if (!check_user(x, request.user)) return;
  request.test = caller(x).tests();
  x.ask<explanations>(
      [request = std::move(request)](actors::gateway& gateway, auto done) mutable {
        gateway.explain_route(std::move(request), std::move(done));
      },
      [](const explanations& all, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        write_explanations(json, all);
        return std::nullopt;
      });
}

void explain_transaction(exchange& x) {
  const auto id = read_id<actors::transaction_id>(x, 0, "transaction");
  if (!id) return;
  x.ask<actors::route_explanation>(
      [id = *id, who = caller(x)](actors::gateway& gateway, auto done) {
        if (!who.sees_all()) return explain_own(gateway, id, who, std::move(done));
        gateway.explain_transaction(id, std::move(done));
      },
      [](const actors::route_explanation& one, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        write_explanations(json, {one});
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
