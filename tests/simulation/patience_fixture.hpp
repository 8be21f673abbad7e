#pragma once

#include "tests/simulation/pipeline_fixture.hpp"

namespace postrider::tests {

using namespace std::chrono_literals;

/// Messages that no provider takes for a while: virtual users count what arrived.
struct patience_fixture : pipeline_fixture {
  patience_fixture() {
    for (auto& provider : settings.providers)
      dead(provider.name);
  }

  void dead(const std::string& name) {
    replies[name] = [](const std::string&) { return refused(); };
  }
  void alive(const std::string& name) {
    replies[name] = [this, name](const std::string& body) {
      ++arrived[name];
      return success(body);
    };
  }
  void only(std::size_t providers) { settings.providers.resize(providers); }
  void pass(std::chrono::nanoseconds time) {
    process->run_until([] { return false; }, time);
  }
  persistence::message_id post(std::string recipient = "+15550000001") {
    auto posted = send("hello", std::move(recipient));
    BOOST_REQUIRE(posted);
    return posted->message;
  }
  std::string state_of(const persistence::message_id& id) {
    const auto info = status(id);
    const auto& last = info.recipients.at(0).transactions.back();
    auto text = std::string(to_string(info.status));
    if (last.transaction.error != persistence::error_code::none)
      text += " " + std::string(to_string(last.transaction.error));
    return text;
  }
  const persistence::transaction last_of(const persistence::message_id& id) {
    return status(id).recipients.at(0).transactions.back().transaction;
  }
  std::size_t transactions_of(const persistence::message_id& id) {
    return status(id).recipients.at(0).transactions.size();
  }
  int all_calls() const {
    int sum = 0;
    for (const auto& [name, count] : calls)
      sum += count;
    return sum;
  }
  int all_arrived() const {
    int sum = 0;
    for (const auto& [name, count] : arrived)
      sum += count;
    return sum;
  }

  std::map<std::string, int> arrived;
};

}  // namespace postrider::tests
