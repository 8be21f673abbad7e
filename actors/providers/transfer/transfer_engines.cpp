#include "actors/providers/transfer/transfer_engines.hpp"

#include "actors/providers/transfer/http_transfer_engine.hpp"
#include "actors/providers/transfer/smtp_transfer_engine.hpp"
#include "actors/providers/transfer/wire/loop.hpp"

namespace postrider::actors {
namespace {

class transfer_engines final : public transfer_engine {
 public:
  explicit transfer_engines(std::int32_t http_connections)
      : http_(make_http_transfer_engine({.max_connections = http_connections}, loop_)) {}
  void perform(transfer_request request, completion done) override {
    auto& engine = request.mail ? smtp_ : http_;
    engine->perform(std::move(request), std::move(done));
  }
  stream_end listen(transfer_request request, stream_data on_data, completion on_end) override {
    return http_->listen(std::move(request), std::move(on_data), std::move(on_end));
  }

 private:
  std::shared_ptr<wire::loop> loop_ = std::make_shared<wire::loop>();
  std::unique_ptr<transfer_engine> http_;
  std::unique_ptr<transfer_engine> smtp_ = make_smtp_transfer_engine({}, loop_);
};

}  // namespace

std::unique_ptr<transfer_engine> make_transfer_engine(std::int32_t http_connections) {
  return std::make_unique<transfer_engines>(http_connections);
}

}  // namespace postrider::actors
