#pragma once

#include "tests/simulation/pipeline_fixture.hpp"

namespace postrider::tests {

using namespace std::chrono_literals;
using persistence::error_code;
using persistence::transaction_status;

/// A pipeline whose messages a person cancels or has tried again.
struct by_hand_fixture : pipeline_fixture {
  template <class T>
  T wait_for(const std::shared_ptr<std::optional<actors::result<T>>>& answer) {
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value());
    BOOST_REQUIRE_MESSAGE((*answer)->has_value(), (*answer)->error().detail);
    return std::move(***answer);
  }
  std::shared_ptr<std::optional<actors::result<actors::cancel_report>>> ask_cancel(
      const persistence::message_id& id) {
    auto answer = std::make_shared<std::optional<actors::result<actors::cancel_report>>>();
    process->gateway().cancel({id}, [answer](auto result) { *answer = std::move(result); });
    return answer;
  }
  actors::cancel_report cancel(const persistence::message_id& id) {
    return wait_for(ask_cancel(id));
  }
  std::shared_ptr<std::optional<actors::result<actors::retry_report>>> ask_retry(
      actors::retry_request request) {
    auto answer = std::make_shared<std::optional<actors::result<actors::retry_report>>>();
    process->gateway().retry(std::move(request),
                             [answer](auto result) { *answer = std::move(result); });
    return answer;
  }
  actors::retry_report retry(actors::retry_request request) {
    return wait_for(ask_retry(std::move(request)));
  }

  int all_calls() const {
    int sum = 0;
    for (const auto& [name, count] : calls)
      sum += count;
    return sum;
  }
  void every_provider(const reply& script) {
    for (auto& [name, current] : replies)
      current = script;
  }
  const persistence::transaction& last(const actors::message_info& info) {
    return info.recipients.at(0).transactions.back().transaction;
  }
  /// Nothing of it is sent, however long one waits, a crash in between.
  void never_sent_from_now(const persistence::message_id& id) {
    const auto before = all_calls();
    process->run_for(20min);
    BOOST_TEST(all_calls() == before);
    crash();
    start();
    process->run_for(20min);
    BOOST_TEST(all_calls() == before);
    const auto info = status(id);
    BOOST_TEST(to_string(info.status) == "failed");
    BOOST_CHECK(last(info).error == error_code::cancelled);
    BOOST_TEST(info.recipients.at(0).transactions.back().archived);
    verify();
  }
  /// A time that is sooner than a retry, so the message waits for it although beta is well.
  void named_time_at_alpha() {
    settings.providers.resize(2);
    settings.messaging.retry_delay = 1h;
    replies["alpha"] = [](const auto& body) { return throttled(body, 1'800); };
  }
  /// One call at a time, of 2 s.
  void slow_alpha_only() {
    settings.providers.resize(1);
    settings.providers[0].max_in_flight = 1;
    replies["alpha"] = [](const std::string& body) {
      auto slow = success(body);
      slow.after = 2s;
      return slow;
    };
  }
};

}  // namespace postrider::tests
