#include "actors/providers/transfer/http1/connection_opener.hpp"

#include "actors/providers/transfer/http1/proxy_tunnel.hpp"
#include "actors/providers/transfer/public_address.hpp"

namespace postrider::actors::http1 {

// GCC 12 loses `this` where a co_await is within a condition, so each step's answer has a name.
wire::awaitable<std::unique_ptr<connection>> connection_opener::open() {
  bool done = co_await connect();
  if (done && way_.proxy_url && way_.proxy_url->tls)
    done = co_await encrypt(std::string(), way_.proxy_url->host);
  if (done && way_.proxy_url) done = co_await ask_proxy();
  if (done && way_.peer.tls) done = co_await encrypt(way_.ca_file, way_.peer.host);
  if (!done) opening_.reset();
  co_return std::move(opening_);
}

void connection_opener::cancel() {
  cancelled_ = true;
  dialer_.cancel();
  if (opening_) opening_->stream.close();
}

bool connection_opener::fail(transfer_error error, std::string text) {
  error_ = error;
  error_text_ = std::move(text);
  return false;
}

wire::awaitable<bool> connection_opener::connect() {
  const bool proxied = way_.proxy_url.has_value();
  const auto& next_hop = proxied ? *way_.proxy_url : way_.peer;
  // The proxy itself is the operator's choice.
  auto socket = co_await dialer_.dial(next_hop, way_.public_addresses_only && !proxied);
  if (cancelled_) co_return false;
  if (!socket)
    co_return fail(proxied ? transfer_error::proxy : dialer_.error(), dialer_.error_text());
  opening_ = std::make_unique<connection>(way_.key(), std::move(*socket));
  opening_->public_peer = proxied || is_public_address(opening_->stream.peer().data());
  co_return true;
}

wire::awaitable<bool> connection_opener::ask_proxy() {
  stage_ = transfer_stage::connecting;
  auto answer = co_await connect_through(*opening_, way_);
  if (cancelled_) co_return false;
  if (answer.error != transfer_error::none) co_return fail(answer.error, std::move(answer.text));
  co_return true;
}

wire::awaitable<bool> connection_opener::encrypt(std::string ca_file, std::string host) {
  stage_ = transfer_stage::tls_handshake;
  std::string wrong;
  auto* context = with_.tls.get(ca_file, wrong);
  if (!context) co_return fail(transfer_error::tls, std::move(wrong));
  auto shaken = co_await opening_->stream.add_tls(*context, std::move(host), "http/1.1");
  if (cancelled_) co_return false;
  if (!shaken.done) co_return fail(transfer_error::tls, std::move(shaken.reason));
  co_return true;
}

}  // namespace postrider::actors::http1
