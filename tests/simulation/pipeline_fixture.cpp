#include "tests/simulation/pipeline_fixture.hpp"

#include "base/log.hpp"

namespace postrider::tests {

using namespace std::chrono_literals;

namespace {

actors::provider_settings signal_provider(const std::string& name, int priority) {
  actors::provider_settings provider;
  provider.name = name;
  provider.type = "signal";
  provider.priority = priority;
  provider.timeout = 30s;
  provider.keys = {{"url", "http://" + name + ".test"}, {"account", "+15550001111"}};
  return provider;
}

scripted_engine::answer soon(actors::transfer_result result) { return {std::move(result), 20ms}; }

}  // namespace

pipeline_fixture::pipeline_fixture() {
  // Seen only when a test fails, or with --log_level=message.
  set_log_sink([](auto, std::string_view component, std::string_view text, auto) {
    BOOST_TEST_MESSAGE(component << ": " << text);
  });
  settings.providers = {signal_provider("alpha", 1), signal_provider("beta", 2),
                        signal_provider("gamma", 3)};
  settings.messaging.retry_jitter = 0;
  persistence::database_settings database;
  database.url = "sqlite::memory:";
  database.clock = [this] { return clock.wall(); };
  auto opened = persistence::open_database(std::move(database));
  BOOST_REQUIRE_MESSAGE(opened, "no database in memory");
  ledger = std::move(*opened);
  BOOST_REQUIRE(ledger->migrate());
  for (const auto* name : {"alpha", "beta", "gamma"})
    replies[name] = success;
}

void pipeline_fixture::start() {
  process.reset();
  process = std::make_unique<virtual_system>(
      settings, *ledger, clock, [this](const auto& request) { return answer(request); }, 7, polls);
  BOOST_REQUIRE(
      process->run_until([this] { return process->flags().node_registered.load(); }, 10s));
}

scripted_engine::answer pipeline_fixture::answer(const actors::transfer_request& request) {
  // "http://alpha.test/api/v1/rpc"
  const auto name = request.url.substr(7, request.url.find('.') - 7);
  ++calls[name];
  requests[name] = request;
  return replies.at(name)(request.body);
}

actors::result<actors::send_receipt> pipeline_fixture::send(std::string text, std::string recipient,
                                                            std::int64_t user) {
  actors::send_request request;
  request.user = user;
  request.text = std::move(text);
  request.recipients.emplace();
  request.recipients->push_back({std::move(recipient), {}, {}, {}});
  return send(std::move(request));
}

actors::result<actors::send_receipt> pipeline_fixture::send(actors::send_request request) {
  auto answer = std::make_shared<std::optional<actors::result<actors::send_receipt>>>();
  process->gateway().send(std::move(request), "test",
                          [answer](auto result) { *answer = std::move(result); });
  process->run_until([&] { return answer->has_value(); }, 60s);
  BOOST_REQUIRE_MESSAGE(answer->has_value(), "a send was not answered within a minute");
  return **answer;
}

actors::message_info pipeline_fixture::status(const persistence::message_id& id) {
  auto answer = std::make_shared<std::optional<actors::result<actors::message_info>>>();
  process->gateway().find_message(id, [answer](auto result) { *answer = std::move(result); });
  process->run_until([&] { return answer->has_value(); }, 60s);
  BOOST_REQUIRE(answer->has_value());
  BOOST_REQUIRE_MESSAGE((*answer)->has_value(), to_string(id) + " was not found");
  return std::move(***answer);
}

actors::transaction_info pipeline_fixture::transaction(persistence::transaction_id id) {
  auto answer = std::make_shared<std::optional<actors::result<actors::transaction_info>>>();
  process->gateway().find_transaction(id, [answer](auto result) { *answer = std::move(result); });
  process->run_until([&] { return answer->has_value(); }, 60s);
  BOOST_REQUIRE(answer->has_value());
  BOOST_REQUIRE((*answer)->has_value());
  return std::move(***answer);
}

void pipeline_fixture::verify() {
  const auto broken = ledger->open_queries()->verify(10);
  BOOST_REQUIRE(broken);
  for (const auto& violation : broken->violations)
    BOOST_ERROR("invariant " << violation.invariant << " is broken: " << violation.detail);
}

scripted_engine::answer pipeline_fixture::success(const std::string& body) {
  return soon(signal_success(body, 1'763'869'200'123));
}
scripted_engine::answer pipeline_fixture::unregistered(const std::string& body) {
  return soon(signal_failure(body, "UNREGISTERED_FAILURE"));
}
scripted_engine::answer pipeline_fixture::refused() {
  return soon(
      transfer_failure(actors::transfer_error::connect, actors::transfer_stage::connecting));
}
scripted_engine::answer pipeline_fixture::misconfigured(const std::string& body) {
  return soon(signal_error(body, -1, "Specified account does not exist"));
}
scripted_engine::answer pipeline_fixture::login_refused(const std::string& body) {
  return soon(signal_error(body, -3, "[401] Authorization failed! (AuthorizationFailedException)"));
}
scripted_engine::answer pipeline_fixture::lost() {
  return soon(transfer_failure(actors::transfer_error::disconnected,
                               actors::transfer_stage::request_written));
}
scripted_engine::answer pipeline_fixture::throttled(const std::string& body, int seconds) {
  return soon(signal_failure(body, "RATE_LIMIT_FAILURE", seconds));
}

decltype(actors::provider_settings::keys) pipeline_fixture::twilio_keys() {
  return {{"api", "twilio"},
          {"url", "http://alpha.test"},
          {"account_sid", "AC00000000000000000000000000000001"},
          {"auth_token", "token"},
          {"from", "+15550001111"}};
}

}  // namespace postrider::tests
