#include "http/routes/transactions.hpp"

#include "http/routes/body.hpp"
#include "http/routes/caller.hpp"
#include "http/routes/delivery_json.hpp"

namespace postrider::http::routes {

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

}  // namespace postrider::http::routes
