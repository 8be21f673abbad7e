#pragma once

#include "tests/support/virtual_system.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <map>

namespace postrider::tests {

/// One process on a SQLite ledger in memory, with providers "alpha", "beta" and "gamma" (1, 2, 3 by
/// priority), whose replies the test scripts by name.
class pipeline_fixture {
 public:
  using reply = std::function<scripted_engine::answer(const std::string& body)>;

  pipeline_fixture();

  /// Starts a process; an earlier one that was not stopped has crashed.
  void start();
  void crash() { process.reset(); }

  /// Posts a message and runs until it is answered.
  actors::result<actors::send_receipt> send(std::string text,
                                            std::string recipient = "+15550000001",
                                            std::int64_t user = 1);
  actors::result<actors::send_receipt> send(actors::send_request request);
  actors::message_info status(const persistence::message_id& id);
  actors::transaction_info transaction(persistence::transaction_id id);
  void verify();

  static scripted_engine::answer success(const std::string& body);
  static scripted_engine::answer unregistered(const std::string& body);
  static scripted_engine::answer refused();
  /// The account that the settings name is not known, or its login is refused.
  static scripted_engine::answer misconfigured(const std::string& body);
  static scripted_engine::answer login_refused(const std::string& body);
  static scripted_engine::answer lost();
  static scripted_engine::answer throttled(const std::string& body, int seconds);

  /// Those of an SMS provider that is Twilio at http://alpha.test.
  static decltype(actors::provider_settings::keys) twilio_keys();

  actors::delivery_settings settings;
  actors::poll_intervals polls = virtual_system::rare_polls;
  virtual_clock clock;
  std::unique_ptr<persistence::ledger_database> ledger;
  std::map<std::string, reply> replies;
  /// Calls by provider name.
  std::map<std::string, int> calls;
  /// The last request by provider name.
  std::map<std::string, actors::transfer_request> requests;
  std::unique_ptr<virtual_system> process;

 private:
  scripted_engine::answer answer(const actors::transfer_request& request);
};

}  // namespace postrider::tests
