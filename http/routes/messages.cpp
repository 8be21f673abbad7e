#include "http/routes/messages.hpp"

#include "http/routes/body.hpp"
#include "http/routes/delivery_json.hpp"
#include "http/routes/send_reader.hpp"

namespace postrider::http::routes {

void send_message(exchange& x) {
  actors::send_request request;
  if (!read_body(x, [&](const field& document) { read_send_request(document, request); })) return;
  x.ask<actors::send_receipt>(
      [request = std::move(request), trace = x.request.id](actors::gateway& gateway,
                                                           auto done) mutable {
        gateway.send(std::move(request), std::move(trace), std::move(done));
      },
      [](const actors::send_receipt& receipt, response& answer) -> std::optional<problem> {
        answer.status = 202;
        answer.location = "/v1/messages/" + persistence::to_string(receipt.message);
        json_writer json(answer.body);
        write_receipt(json, receipt);
        return std::nullopt;
      });
}

void get_message(exchange& x) {
  const auto id = persistence::parse_message_id(x.request.parameters[0]);
  if (!id) {
    x.fail({problem_code::not_found,
            fmt::format("\"{}\" is not a message id (a UUID)", x.request.parameters[0])});
    return;
  }
  x.ask<actors::message_info>(
      [id = *id](actors::gateway& gateway, auto done) {
        gateway.find_message(id, std::move(done));
      },
      [](const actors::message_info& message, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        write_message(json, message);
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
