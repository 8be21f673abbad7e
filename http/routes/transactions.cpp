#include "http/routes/transactions.hpp"

#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/delivery_json.hpp"

#include <array>

namespace postrider::http::routes {
namespace {

using settlement = actors::settle_request;

void read_outcome(const field& from, settlement& into) {
  static constexpr std::array<std::string_view, 3> names{"arrived", "not_sent", "give_up"};
  if (const auto chosen = from.choice(names))
    into.outcome = persistence::parse_settled_as(names[*chosen]).value();
}

constexpr std::array settle_members{
    member<settlement>{"outcome", presence::required, read_outcome}};

}  // namespace

void get_transaction(exchange& x) {
  const auto id = read_id<actors::transaction_id>(x, 0, "transaction");
  if (!id) return;
  x.ask<actors::transaction_info>(
      [id = *id](actors::gateway& gateway, auto done) {
        gateway.find_transaction(id, std::move(done));
      },
      [who = caller(x)](const actors::transaction_info& found,
                        response& answer) -> std::optional<problem> {
        if (!who.sees(found)) return no_such_transaction(found.transaction.id);
        json_writer json(answer.body);
        write_transaction(json, found);
        return std::nullopt;
      });
}

void settle_transaction(exchange& x) {
  const auto id = read_id<actors::transaction_id>(x, 0, "transaction");
  if (!id) return;
  settlement wanted;
  if (!read_body<settlement>(x, settle_members, wanted)) return;
  wanted.id = *id;
  if (x.request.client) wanted.by = x.request.client->name;
  x.ask<actors::settle_report>(
      [wanted = std::move(wanted)](actors::gateway& gateway, auto done) {
        gateway.settle(wanted, std::move(done));
      },
      [](const actors::settle_report& report, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        write_transaction(json.begin_object().key("transaction"), report.transaction);
        json.key("next_transaction");
        if (report.next == 0) json.null();
        else json.value(report.next);
        json.end_object();
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
