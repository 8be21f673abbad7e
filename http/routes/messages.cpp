#include "http/routes/messages.hpp"

#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/delivery_json.hpp"
#include "http/routes/idempotency_key.hpp"
#include "http/routes/send_reader.hpp"
#include "http/traceparent.hpp"

#include <algorithm>

namespace postrider::http::routes {
namespace {

std::optional<persistence::message_id> read_message_id(exchange& x) {
  const auto id = persistence::parse_message_id(x.request.parameters[0]);
  if (!id)
    x.fail({problem_code::not_found,
            fmt::format("\"{}\" is not a message id (a UUID)", x.request.parameters[0])});
  return id;
}

using infos = std::vector<actors::transaction_info>;

void write_transactions(json_writer& json, const infos& list) {
  json.begin_array();
  for (const auto& one : list)
    write_transaction(json, one);
  json.end_array();
}

/// The problem when the cancel came too late for some recipients, or for all.
problem too_late(const actors::cancel_report& report) {
  infos late;
  std::ranges::remove_copy_if(report.transactions, std::back_inserter(late),
                              actors::cancel_report::is_cancelled);
  problem what{problem_code::conflict,
               fmt::format("{} of {} transactions {} cancelled: they are being sent, or have ended",
                           late.size(), report.transactions.size(),
                           late.size() == 1 ? "was not" : "were not")};
  json_writer json(what.transactions);
  write_transactions(json, late);
  return what;
}

}  // namespace

void send_message(exchange& x) {
  actors::send_request request;
  if (!read_body(x, [&](const field& document) { read_send_request(document, request); })) return;
  request.traceparent = traceparent_of(x.request);
  request.test = caller(x).tests();
  if (!check_user(x, request.user) || !read_idempotency_key(x, request.once)) return;
  x.ask<actors::send_receipt>(
      [request = std::move(request), trace = x.request.id](actors::gateway& gateway,
                                                           auto done) mutable {
        gateway.send(std::move(request), std::move(trace), std::move(done));
      },
      [](const actors::send_receipt& receipt, response& answer) -> std::optional<problem> {
        answer.status = 202;
        answer.replayed = receipt.replayed;
        answer.location = "/v1/messages/" + persistence::to_string(receipt.message);
        json_writer json(answer.body);
        write_receipt(json, receipt);
        return std::nullopt;
      });
}

void get_message(exchange& x) {
  const auto id = read_message_id(x);
  if (!id) return;
  x.ask<actors::message_info>([id = *id](actors::gateway& gateway,
                                         auto done) { gateway.find_message(id, std::move(done)); },
                              [who = caller(x)](const actors::message_info& message,
                                                response& answer) -> std::optional<problem> {
                                if (!who.sees(message.message))
                                  return no_such_message(message.message.id);
                                json_writer json(answer.body);
                                write_message(json, message);
                                return std::nullopt;
                              });
}

void cancel_message(exchange& x) {
  const auto id = read_message_id(x);
  if (!id) return;
  x.ask<actors::cancel_report>(
      [id = *id, who = caller(x)](actors::gateway& gateway, auto done) {
        gateway.cancel({id, who.users(), who.tests()}, std::move(done));
      },
      [](const actors::cancel_report& report, response& answer) -> std::optional<problem> {
        if (!std::ranges::all_of(report.transactions, actors::cancel_report::is_cancelled))
          return too_late(report);
        json_writer json(answer.body);
        json.begin_object()
            .member("message_id", persistence::to_string(report.message))
            .key("transactions");
        write_transactions(json, report.transactions);
        json.end_object();
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
