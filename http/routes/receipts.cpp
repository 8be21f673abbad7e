#include "http/routes/receipts.hpp"

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "http/target.hpp"

#include <algorithm>

namespace postrider::http::routes {
namespace {

/// A HEAD is answered as a GET.
std::string_view signed_method(method what) { return what == method::post ? "POST" : "GET"; }

/// Kannel writes a space as "+". What cannot be decoded stays as it came: a receipt is not lost
/// because a network's answer has odd bytes in it.
std::string decoded(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return decoded_part(spaced).value_or(std::string(text));
}

actors::receipt_request receipt_of(const request& from) {
  actors::receipt_request receipt;
  receipt.provider = from.parameters[0];
  receipt.token = from.parameters[1];
  receipt.method = signed_method(from.method);
  receipt.target = from.path;
  if (!from.query.empty()) receipt.target.append("?").append(from.query);
  auto query = from.query;
  while (const auto pair = next_field(query))
    receipt.query.emplace_back(decoded(pair->name), decoded(pair->value));
  receipt.headers.reserve(from.fields.size());
  for (const auto& [name, value] : from.fields)
    receipt.headers.emplace_back(ascii::lower_case(name), value);
  receipt.body = from.body;
  return receipt;
}

}  // namespace

void receive_receipt(exchange& x) {
  x.ask<actors::receipt_answer>(
      [receipt = receipt_of(x.request)](actors::gateway& gateway, auto done) mutable {
        gateway.receive_receipt(std::move(receipt), std::move(done));
      },
      [](const actors::receipt_answer&, response& answer) -> std::optional<problem> {
        answer.status = 200;
        answer.content_type = "text/plain; charset=utf-8";
        answer.body = "stored\n";
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
