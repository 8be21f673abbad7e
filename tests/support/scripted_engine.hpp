#pragma once

#include "actors/providers/transfer.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
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
    auto got = peer_(request);
    pending_.emplace(now_() + got.after, waiting{std::move(got.result), std::move(done)});
  }

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
  std::size_t in_flight() const { return pending_.size(); }

 private:
  struct waiting {
    actors::transfer_result result;
    completion done;
  };
  script peer_;
  std::function<clock_time()> now_;
  std::multimap<clock_time, waiting> pending_;
};

/// Results as the HTTP engine makes them.
actors::transfer_result http_reply(int status, std::string body);
actors::transfer_result transfer_failure(actors::transfer_error error,
                                         actors::transfer_stage stage);

/// signal-cli's replies to the request `body`, which names the id.
actors::transfer_result signal_success(const std::string& request_body, std::int64_t timestamp);
actors::transfer_result signal_failure(const std::string& request_body, const std::string& type,
                                       std::int64_t retry_after_seconds = 0);

}  // namespace postrider::tests
