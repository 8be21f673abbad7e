#include "actors/providers/transfer/http1/connection_opener.hpp"

#include "actors/providers/transfer/http1/proxy_tunnel.hpp"
#include "actors/providers/transfer/public_address.hpp"

namespace postrider::actors::http1 {

// GCC 12 loses `this` where a co_await is within a condition, so each step's answer has a name.
wire::awaitable<std::unique_ptr<connection>> connection_opener::open() {
  bool done = co_await resolve();
  if (done) done = co_await connect();
  if (done && way_.proxy_url && way_.proxy_url->tls)
    done = co_await encrypt(std::string(), way_.proxy_url->host);
  if (done && way_.proxy_url) done = co_await ask_proxy();
  if (done && way_.peer.tls) done = co_await encrypt(way_.ca_file, way_.peer.host);
  if (!done) opening_.reset();
  co_return std::move(opening_);
}

void connection_opener::cancel() {
  cancelled_ = true;
  if (question_) question_->answered.set();
  if (race_) race_->cancel();
  if (opening_) opening_->stream.close();
}

bool connection_opener::fail(transfer_error error, std::string text) {
  error_ = error;
  error_text_ = std::move(text);
  return false;
}

wire::awaitable<bool> connection_opener::resolve() {
  stage_ = transfer_stage::resolving;
  question_ = std::make_shared<wire::host_question>(with_.executor);
  with_.resolver.ask(next_hop().host, question_);
  co_await question_->answered.wait();
  if (cancelled_) co_return false;
  if (question_->answer.addresses.empty())
    co_return fail(way_.proxy_url ? transfer_error::proxy : transfer_error::resolve,
                   question_->answer.error);
  co_return true;
}

/// Only addresses that were checked are connected to: the name is not resolved again.
wire::awaitable<bool> connection_opener::connect() {
  stage_ = transfer_stage::connecting;
  auto addresses = std::move(question_->answer.addresses);
  // The proxy itself is the operator's choice.
  if (way_.public_addresses_only && !way_.proxy_url)
    std::erase_if(addresses,
                  [](const auto& address) { return !is_public_address(address.data()); });
  if (addresses.empty())
    co_return fail(transfer_error::address_refused, "the address is not a public one");
  for (auto& address : addresses)
    address.port(next_hop().port);
  race_ = std::make_shared<wire::connect_race>(with_.executor, std::move(addresses));
  co_await race_->run();
  if (cancelled_) co_return false;
  auto socket = race_->take_winner();
  if (!socket)
    co_return fail(way_.proxy_url ? transfer_error::proxy : transfer_error::connect,
                   "cannot connect to " + next_hop().authority() + ": " + race_->error().message());
  opening_ = std::make_unique<connection>(way_.key(), std::move(*socket));
  opening_->public_peer =
      way_.proxy_url.has_value() || is_public_address(opening_->stream.peer().data());
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
  wrong = co_await opening_->stream.add_tls(*context, std::move(host));
  if (cancelled_) co_return false;
  if (!wrong.empty()) co_return fail(transfer_error::tls, std::move(wrong));
  co_return true;
}

}  // namespace postrider::actors::http1
