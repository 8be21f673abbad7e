#include "actors/providers/transfer/wire/dialer.hpp"

#include "actors/providers/transfer/public_address.hpp"

namespace postrider::actors::wire {

awaitable<std::optional<tcp_socket>> dialer::dial(const target_url& host,
                                                  bool public_addresses_only) {
  stage_ = transfer_stage::resolving;
  question_ = std::make_shared<host_question>(executor_);
  resolver_.ask(host.host, question_);
  co_await question_->answered.wait();
  if (cancelled_) co_return std::nullopt;
  auto addresses = std::move(question_->answer.addresses);
  if (addresses.empty()) fail(transfer_error::resolve, question_->answer.error);
  if (addresses.empty()) co_return std::nullopt;

  stage_ = transfer_stage::connecting;
  if (public_addresses_only)
    std::erase_if(addresses,
                  [](const auto& address) { return !is_public_address(address.data()); });
  if (addresses.empty()) fail(transfer_error::address_refused, "the address is not a public one");
  if (addresses.empty()) co_return std::nullopt;
  for (auto& address : addresses)
    address.port(host.port);
  race_ = std::make_shared<connect_race>(executor_, std::move(addresses));
  co_await race_->run();
  if (cancelled_) co_return std::nullopt;
  auto socket = race_->take_winner();
  if (!socket)
    fail(transfer_error::connect,
         "cannot connect to " + host.authority() + ": " + race_->error().message());
  co_return socket;
}

void dialer::cancel() {
  cancelled_ = true;
  if (question_) question_->answered.set();
  if (race_) race_->cancel();
}

void dialer::fail(transfer_error error, std::string text) {
  error_ = error;
  error_text_ = std::move(text);
}

}  // namespace postrider::actors::wire
