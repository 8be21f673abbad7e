#pragma once

#include "tests/simulation/pipeline_fixture.hpp"

namespace postrider::tests {

using namespace std::chrono_literals;

/// "alpha" answers slowly until it is dead, so that things wait there.
struct reroute_fixture : pipeline_fixture {
  reroute_fixture() {
    settings.providers.resize(2);
    settings.providers[0].max_in_flight = 2;
    settings.providers[0].circuit.failures = 2;
    settings.messaging.retry_delay = 1h;
    replies["alpha"] = [this](const std::string&) {
      auto answer = refused();
      answer.after = dies_after;
      return answer;
    };
  }

  void send_many(int count) {
    const auto wanted = ids.size() + static_cast<std::size_t>(count);
    for (int i = 0; i < count; ++i) {
      actors::send_request request;
      request.user = 1;
      request.text = "message " + std::to_string(i);
      request.recipients.emplace(1, actors::recipient_input{"+15550000001", {}, {}, {}});
      process->gateway().send(std::move(request), "test", [this](auto result) {
        BOOST_REQUIRE(result);
        ids.push_back(result->message);
      });
    }
    process->run_until([&] { return ids.size() == wanted; }, 60s);
    BOOST_REQUIRE(ids.size() == wanted);
  }

  /// Messages by how many transactions they took to succeed; 0 when they did not.
  std::map<std::size_t, int> attempts() {
    std::map<std::size_t, int> counts;
    for (const auto& id : ids) {
      const auto info = status(id);
      const auto& rows = info.recipients.at(0).transactions;
      ++counts[to_string(info.status) == "success" ? rows.size() : 0];
    }
    return counts;
  }

  boost::json::object inspect(const std::string& section) {
    auto answer = std::make_shared<std::optional<actors::result<boost::json::object>>>();
    process->gateway().inspect(section, [answer](auto result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value() && (*answer)->has_value());
    return ***answer;
  }

  std::chrono::milliseconds dies_after = 1s;
  std::vector<persistence::message_id> ids;
};

}  // namespace postrider::tests
