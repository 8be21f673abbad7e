#pragma once

#include "actors/providers/transfer/transfer.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>

namespace postrider::tests {

/// A transfer engine on virtual time: the test says what each request gets and when.
class scripted_engine final : public actors::transfer_engine {
 public:
  using clock_time = std::chrono::steady_clock::time_point;
  struct answer {
    actors::transfer_result result;
    std::chrono::nanoseconds after{0};
  };
  /// Called for each request; the peer's side of the exchange happens in there.
  using script = std::function<answer(const actors::transfer_request&)>;

  scripted_engine(script peer, std::function<clock_time()> now)
      : peer_(std::move(peer)), now_(std::move(now)) {}

  void perform(actors::transfer_request request, completion done) override {
    if (cut_off_) return;
    auto got = peer_(request);
    pending_.emplace(now_() + got.after, waiting{std::move(got.result), std::move(done)});
  }

  /// A stream brings what the test passes to `send_event`, until it or the listener ends it.
  stream_end listen(actors::transfer_request request, stream_data on_data,
                    completion on_end) override {
    const auto id = ++last_stream_;
    streams_.emplace(id, stream{std::move(request), std::move(on_data), std::move(on_end)});
    return [this, id] { end_stream(id, actors::transfer_error::shutdown); };
  }
  void send_event(const std::string& data) {
    for (auto& [id, open] : streams_)
      open.on_data(data);
  }
  void end_streams() {
    while (!streams_.empty())
      end_stream(streams_.begin()->first, actors::transfer_error::disconnected);
  }
  std::size_t open_streams() const { return streams_.size(); }

  std::optional<clock_time> next() const {
    return pending_.empty() ? std::nullopt : std::optional(pending_.begin()->first);
  }
  /// Answers everything that is due.
  void deliver_due() {
    while (!pending_.empty() && pending_.begin()->first <= now_()) {
      auto node = pending_.extract(pending_.begin());
      node.mapped().done(std::move(node.mapped().result));
    }
  }
  /// From now on no request gets out.
  void cut_off() { cut_off_ = true; }
  std::size_t in_flight() const { return pending_.size(); }

 private:
  struct waiting {
    actors::transfer_result result;
    completion done;
  };
  struct stream {
    actors::transfer_request request;
    stream_data on_data;
    completion on_end;
  };

  void end_stream(int id, actors::transfer_error error) {
    auto node = streams_.extract(id);
    if (node.empty()) return;
    actors::transfer_result result;
    result.error = error;
    result.stage = actors::transfer_stage::reply_started;
    node.mapped().on_end(std::move(result));
  }

  script peer_;
  std::function<clock_time()> now_;
  std::multimap<clock_time, waiting> pending_;
  std::map<int, stream> streams_;
  int last_stream_ = 0;
  bool cut_off_ = false;
};

/// Results as the HTTP engine makes them.
actors::transfer_result http_reply(int status, std::string body);
actors::transfer_result transfer_failure(actors::transfer_error error,
                                         actors::transfer_stage stage);

/// signal-cli's replies to the request `body`, which names the id.
actors::transfer_result signal_success(const std::string& request_body, std::int64_t timestamp);
actors::transfer_result signal_failure(const std::string& request_body, const std::string& type,
                                       std::int64_t retry_after_seconds = 0);
/// Without results: an error that came before anything was sent.
actors::transfer_result signal_error(const std::string& request_body, int code,
                                     const std::string& text);

}  // namespace postrider::tests
