#pragma once

#include "actors/providers/transfer/http_transfer_engine.hpp"
#include "tests/support/transfer_peer.hpp"

#include <condition_variable>
#include <map>
#include <mutex>

namespace postrider::actors {

/// The answers of transfers, and how often each came. Waits end after a minute.
class transfer_answers {
 public:
  transfer_engine::completion take(int number);
  bool wait_for(std::size_t answers) const;
  /// "disconnected after the request was sent" for each answer to that transfer.
  std::vector<std::string> to(int number) const;
  transfer_result first_to(int number) const;
  std::size_t count() const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::size_t count_ = 0;
  std::map<int, std::vector<transfer_result>> answers_;
};

/// More than the socket buffers of both ends hold.
inline const std::string large_body(32 << 20, 'x');

/// "200 complete", or "disconnected after the request was sent".
std::string summary(const transfer_result& result);

transfer_request post_to(std::string url, std::string body = R"({"hello":"world"})");

struct engine_fixture {
  transfer_answers answers;
  std::unique_ptr<transfer_engine> engine = make_http_transfer_engine();

  /// Waits for the answer.
  transfer_result perform(transfer_request request);
  std::string ending_of(transfer_request request) { return summary(perform(std::move(request))); }

 private:
  int next_ = 1'000'000;
};

}  // namespace postrider::actors
