#pragma once

#include "actors/providers/transfer/http1/route.hpp"
#include "actors/providers/transfer/http1/services.hpp"
#include "actors/providers/transfer/wire/dialer.hpp"

namespace postrider::actors::http1 {

/// Makes one connection: the socket, the proxy's answer, TLS. `stage` always says which of these is
/// in progress; nothing of a request is written before it is done.
class connection_opener {
 public:
  connection_opener(services& with, const route& way, transfer_stage& stage)
      : with_(with), way_(way), stage_(stage), dialer_(with.resolver, with.executor, stage) {}

  /// Null when there is none; then error() and error_text() say why.
  wire::awaitable<std::unique_ptr<connection>> open();
  /// Ends open() soon, without a connection.
  void cancel();

  transfer_error error() const { return error_; }
  const std::string& error_text() const { return error_text_; }

 private:
  wire::awaitable<bool> connect();
  wire::awaitable<bool> ask_proxy();
  wire::awaitable<bool> encrypt(std::string ca_file, std::string host);
  bool fail(transfer_error error, std::string text);

  services& with_;
  const route& way_;
  transfer_stage& stage_;
  wire::dialer dialer_;
  std::unique_ptr<connection> opening_;
  bool cancelled_ = false;
  transfer_error error_ = transfer_error::none;
  std::string error_text_;
};

}  // namespace postrider::actors::http1
