#include "actors/providers/transfer/http_transfer_engine.hpp"

#include "actors/providers/transfer/http1/http_exchange.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace postrider::actors {
namespace {

namespace net = wire::net;
using http1::http_exchange;

/// Hands the callers' requests over to the loop's thread, on which everything happens.
class http_transfer_engine final : public transfer_engine {
 public:
  http_transfer_engine(http_transfer_settings settings, std::shared_ptr<wire::loop> on);
  ~http_transfer_engine() override;
  void perform(transfer_request request, completion done) override;
  stream_end listen(transfer_request request, stream_data on_data, completion on_end) override;

 private:
  using stream_id = std::uint64_t;
  struct queued {
    transfer_request request;
    completion done;
    stream_data on_data;   ///< null: not a stream
    stream_id stream = 0;  ///< 0: not a stream
  };
  /// Outlives the engine in the functions that end its streams.
  struct shared_queue {
    std::mutex mutex;
    std::vector<queued> begun;
    std::vector<stream_id> ended;
    stream_id last_stream = 0;
    bool is_told = false;
    /// Null once the engine is gone.
    http_transfer_engine* engine = nullptr;
  };

  void enqueue(queued next);
  void tell();
  void take_queued();
  void begin(queued next);
  void end_stream(stream_id stream);
  void stop();
  void end_if_idle();

  std::shared_ptr<shared_queue> queue_ = std::make_shared<shared_queue>();
  std::shared_ptr<wire::loop> loop_;
  http1::services services_;
  std::unordered_map<http_exchange*, std::shared_ptr<http_exchange>> running_;
  std::unordered_map<stream_id, http_exchange*> streams_;
  bool stopping_ = false;
  bool is_over_ = false;
  std::promise<void> ended_;
};

http1::pool_limits limits_of(const http_transfer_settings& settings) {
  http1::pool_limits limits;
  limits.connections = static_cast<std::size_t>(std::max(settings.max_connections, 1L));
  limits.connections_per_host = static_cast<std::size_t>(std::max(settings.max_per_host, 1L));
  limits.idle_age = settings.max_idle_age;
  return limits;
}

http_transfer_engine::http_transfer_engine(http_transfer_settings settings,
                                           std::shared_ptr<wire::loop> on)
    : loop_(std::move(on)), services_(*loop_, limits_of(settings)) {
  queue_->engine = this;
}

http_transfer_engine::~http_transfer_engine() {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->engine = nullptr;
  }
  net::post(loop_->executor, [this] { stop(); });
  ended_.get_future().wait();
}

void http_transfer_engine::perform(transfer_request request, completion done) {
  enqueue({std::move(request), std::move(done), nullptr, 0});
}

transfer_engine::stream_end http_transfer_engine::listen(transfer_request request,
                                                         stream_data on_data, completion on_end) {
  stream_id id = 0;
  {
    const std::lock_guard lock(queue_->mutex);
    id = ++queue_->last_stream;
  }
  enqueue({std::move(request), std::move(on_end), std::move(on_data), id});
  return [queue = queue_, id] {
    const std::lock_guard lock(queue->mutex);
    if (!queue->engine) return;
    queue->ended.push_back(id);
    if (!std::exchange(queue->is_told, true)) queue->engine->tell();
  };
}

void http_transfer_engine::enqueue(queued next) {
  const std::lock_guard lock(queue_->mutex);
  queue_->begun.push_back(std::move(next));
  // Once for all that is queued until the thread comes round.
  if (!std::exchange(queue_->is_told, true)) tell();
}

void http_transfer_engine::tell() {
  net::post(loop_->executor, [this] { take_queued(); });
}

void http_transfer_engine::take_queued() {
  std::vector<queued> begun;
  std::vector<stream_id> ended;
  {
    const std::lock_guard lock(queue_->mutex);
    begun.swap(queue_->begun);
    ended.swap(queue_->ended);
    queue_->is_told = false;
  }
  for (auto& next : begun)
    begin(std::move(next));
  for (const auto stream : ended)
    end_stream(stream);
  end_if_idle();
}

void http_transfer_engine::begin(queued next) {
  const auto exchange = std::make_shared<http_exchange>(
      services_, std::move(next.request), std::move(next.on_data), std::move(next.done));
  if (stopping_) exchange->interrupt(transfer_error::shutdown, "the server was stopped");
  running_.emplace(exchange.get(), exchange);
  if (next.stream != 0) streams_.emplace(next.stream, exchange.get());
  net::co_spawn(loop_->executor, exchange->run(),
                [this, ended = exchange.get(), stream = next.stream](std::exception_ptr failure) {
                  if (failure) ended->give_up(wire::text_of(failure));
                  if (stream != 0) streams_.erase(stream);
                  running_.erase(ended);
                  end_if_idle();
                });
}

void http_transfer_engine::end_stream(stream_id stream) {
  const auto found = streams_.find(stream);
  if (found != streams_.end())
    found->second->interrupt(transfer_error::shutdown, "the listener ended the stream");
}

/// Exchanges in flight end by themselves, as their stages say.
void http_transfer_engine::stop() {
  stopping_ = true;
  for (const auto& [exchange, owner] : running_)
    exchange->interrupt(transfer_error::shutdown, "the server was stopped");
  services_.pool.clear();
  end_if_idle();
}

/// An answer may have led to another request, for which take_queued() is on its way.
void http_transfer_engine::end_if_idle() {
  if (!stopping_ || !running_.empty()) return;
  {
    const std::lock_guard lock(queue_->mutex);
    if (queue_->is_told || std::exchange(is_over_, true)) return;
  }
  ended_.set_value();
}

}  // namespace

std::unique_ptr<transfer_engine> make_http_transfer_engine(http_transfer_settings settings,
                                                           std::shared_ptr<wire::loop> on) {
  return std::make_unique<http_transfer_engine>(settings, std::move(on));
}

std::unique_ptr<transfer_engine> make_http_transfer_engine(http_transfer_settings settings) {
  return make_http_transfer_engine(settings, std::make_shared<wire::loop>());
}

}  // namespace postrider::actors
