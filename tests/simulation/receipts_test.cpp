#include "actors/rules/receipt_token.hpp"
#include "tests/simulation/pipeline_fixture.hpp"

namespace postrider::tests {
namespace {

using namespace std::chrono_literals;
using persistence::error_code;
using persistence::transaction_status;

/// "alpha", "beta" and "gamma" have event streams; "sms" is a Kannel that calls receipt URLs.
struct receipts_fixture : pipeline_fixture {
  receipts_fixture() {
    settings.receipts = {"https://postrider.example.org", "a secret for the tests"};
    actors::provider_settings sms;
    sms.name = "sms";
    sms.type = "sms";
    sms.priority = 1;
    sms.keys = {{"api", "kannel"},
                {"url", "http://sms.test"},
                {"username", "tester"},
                {"password", "secret"},
                {"from", "12345"}};
    settings.providers.push_back(sms);
    replies["sms"] = [](const auto&) {
      return scripted_engine::answer{http_reply(202, "0: Accepted for delivery"), 20ms};
    };
  }

  /// As signal-cli's daemon writes it.
  static std::string event(std::int64_t timestamp, const std::string& from, bool read = false) {
    const boost::json::object envelope{
        {"sourceNumber", from},
        {"timestamp", timestamp + 1'000},
        {"receiptMessage", {{"isDelivery", !read}, {"isRead", read}, {"timestamps", {timestamp}}}}};
    return "event:receive\ndata:" +
           boost::json::serialize(
               boost::json::object{{"account", "+15550001111"}, {"envelope", envelope}}) +
           "\n\n";
  }

  actors::result<actors::receipt_answer> call(const std::string& token, const std::string& query) {
    actors::receipt_request request;
    request.provider = "sms";
    request.token = token;
    request.method = "GET";
    request.target = "/receipts/sms/" + token + "?type=" + query;
    request.query = {{"type", query}, {"answer", "as the network says"}};
    auto answer = std::make_shared<std::optional<actors::result<actors::receipt_answer>>>();
    process->gateway().receive_receipt(request, [answer](auto got) { *answer = std::move(got); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value());
    return **answer;
  }
  std::string token_of(persistence::transaction_id id) const {
    return actors::receipt_token(settings.receipts.secret, "sms", id);
  }

  /// A message that "sms" has accepted.
  actors::send_receipt sent_by_sms(std::optional<bool> fallback = std::nullopt) {
    actors::send_request request;
    request.user = 1;
    request.text = "hello";
    request.type = "sms";
    request.fallback_on_undelivered = fallback;
    request.recipients.emplace();
    request.recipients->push_back({"+15550000001", {}, {}, {}});
    const auto receipt = send(request);
    BOOST_REQUIRE(receipt);
    process->run_for(1s);
    BOOST_CHECK(row(*receipt, 0).transaction.status == transaction_status::success);
    return *receipt;
  }
  actors::transaction_info row(const actors::send_receipt& of, std::size_t place) {
    const auto info = status(of.message);
    BOOST_REQUIRE(info.recipients.at(0).transactions.size() > place);
    return info.recipients.at(0).transactions[place];
  }
};

constexpr std::int64_t sent_at = 1'763'869'200'123;

BOOST_FIXTURE_TEST_SUITE(receipts, receipts_fixture)

BOOST_AUTO_TEST_CASE(an_event_tells_that_a_message_was_delivered_and_later_read) {
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(1s);
  BOOST_TEST(process->engine().open_streams() == 3u);
  process->engine().send_event(event(sent_at, "+15550000001"));
  process->run_for(100ms);
  BOOST_CHECK(row(*receipt, 0).transaction.receipt == persistence::receipt::delivered);
  process->engine().send_event(event(sent_at, "+15550000001", true));
  process->run_for(100ms);
  BOOST_CHECK(row(*receipt, 0).transaction.receipt == persistence::receipt::read);
  verify();
}

BOOST_AUTO_TEST_CASE(an_event_that_comes_before_the_answer_finds_its_transaction_later) {
  replies["alpha"] = [](const std::string& body) {
    return scripted_engine::answer{signal_success(body, sent_at), 5s};
  };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(1s);
  process->engine().send_event(event(sent_at, "+15550000001"));
  process->run_for(3s);
  BOOST_CHECK(row(*receipt, 0).transaction.status == transaction_status::processing);
  process->run_for(10s);
  BOOST_CHECK(row(*receipt, 0).transaction.receipt == persistence::receipt::delivered);
  verify();
}

BOOST_AUTO_TEST_CASE(an_event_settles_an_attempt_whose_answer_was_lost) {
  replies["alpha"] = [](const auto&) { return lost(); };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(2s);
  BOOST_CHECK(row(*receipt, 0).transaction.error == error_code::outcome_unknown);
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.wall().time_since_epoch());
  process->engine().send_event(event(now.count(), "+15550000002"));  // somebody else's
  process->engine().send_event(event((now - 10min).count(), "+15550000001"));
  process->run_for(30s);
  BOOST_CHECK(row(*receipt, 0).transaction.status == transaction_status::failed);
  process->engine().send_event(event(now.count(), "+15550000001"));
  // Until then a call could still be under way whose answer would claim it.
  process->run_for(30s);
  BOOST_CHECK(row(*receipt, 0).transaction.status == transaction_status::failed);
  process->run_for(15s);
  BOOST_CHECK(row(*receipt, 0).transaction.status == transaction_status::success);
  BOOST_CHECK(row(*receipt, 0).transaction.receipt == persistence::receipt::delivered);
  process->run_for(10min);
  BOOST_TEST(calls["beta"] == 0);
  BOOST_TEST(status(receipt->message).recipients.at(0).transactions.size() == 1u);
  verify();
}

BOOST_AUTO_TEST_CASE(evidence_is_used_once_and_never_for_a_message_that_its_own_answer_claims) {
  int calls_of_alpha = 0;
  replies["alpha"] = [&](const std::string& body) {
    // The second is answered late, with the time at which it was sent.
    if (++calls_of_alpha == 1) return lost();
    return scripted_engine::answer{signal_success(body, sent_at), 25s};
  };
  start();
  const auto first = send("one");
  process->run_for(500ms);
  const auto second = send("two");
  BOOST_REQUIRE(first);
  BOOST_REQUIRE(second);
  process->run_for(1s);
  process->engine().send_event(event(sent_at, "+15550000001"));
  process->run_for(90s);
  BOOST_CHECK(row(*second, 0).transaction.receipt == persistence::receipt::delivered);
  BOOST_CHECK(row(*first, 0).transaction.error == error_code::outcome_unknown);
  verify();
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_is_opened_again_ever_more_slowly) {
  start();
  process->run_for(1s);
  process->engine().end_streams();
  process->run_for(900ms);
  BOOST_TEST(process->engine().open_streams() == 0u);
  process->run_for(200ms);
  BOOST_TEST(process->engine().open_streams() == 3u);
  process->engine().end_streams();
  process->run_for(1'500ms);
  BOOST_TEST(process->engine().open_streams() == 0u);
  process->run_for(1s);
  BOOST_TEST(process->engine().open_streams() == 3u);
}

BOOST_AUTO_TEST_CASE(a_restarted_pipeline_listens_once) {
  start();
  process->run_for(1s);
  crash();
  start();
  process->run_for(1s);
  BOOST_TEST(process->engine().open_streams() == 3u);
}

BOOST_AUTO_TEST_CASE(a_call_with_our_token_is_stored) {
  start();
  const auto receipt = sent_by_sms();
  const auto id = receipt.transactions[0].id;
  for (const auto* wrong : {"", "1.x", "0.x"}) {
    const auto answer = call(wrong, "1");
    BOOST_REQUIRE(!answer);
    BOOST_CHECK(answer.error().code == actors::service_errc::not_found);
  }
  BOOST_CHECK(row(receipt, 0).transaction.receipt == persistence::receipt::none);
  BOOST_TEST(call(token_of(id), "8")->stored == 1);
  BOOST_CHECK(row(receipt, 0).transaction.receipt == persistence::receipt::accepted);
  BOOST_TEST(call(token_of(id), "1")->stored == 1);
  BOOST_CHECK(row(receipt, 0).transaction.receipt == persistence::receipt::delivered);
  BOOST_TEST(call(token_of(id), "8")->stored == 1);
  BOOST_CHECK(row(receipt, 0).transaction.receipt == persistence::receipt::delivered);
  BOOST_TEST(call(token_of(4711), "1")->stored == 0);
  const auto bad = call(token_of(id), "nonsense");
  BOOST_REQUIRE(!bad);
  BOOST_CHECK(bad.error().code == actors::service_errc::invalid);
  verify();
}

BOOST_AUTO_TEST_CASE(an_undelivered_message_stays_as_it_is_unless_it_asks_for_a_fallback) {
  start();
  const auto receipt = sent_by_sms();
  call(token_of(receipt.transactions[0].id), "2");
  process->run_for(10min);
  BOOST_CHECK(row(receipt, 0).transaction.status == transaction_status::success);
  BOOST_CHECK(row(receipt, 0).transaction.receipt == persistence::receipt::undelivered);
  BOOST_TEST(calls["alpha"] == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(an_undelivered_message_that_asks_for_a_fallback_goes_to_the_next_provider) {
  start();
  const auto receipt = sent_by_sms(true);
  call(token_of(receipt.transactions[0].id), "16");
  process->run_for(5s);
  const auto info = status(receipt.message);
  BOOST_TEST(to_string(info.status) == "success");
  const auto first = row(receipt, 0), second = row(receipt, 1);
  BOOST_CHECK(first.transaction.status == transaction_status::failed);
  BOOST_CHECK(first.transaction.error == error_code::undelivered);
  BOOST_TEST(first.transaction.error_message.find("as the network says") != std::string::npos);
  BOOST_TEST(second.provider == "alpha");
  BOOST_CHECK(second.transaction.receipt == persistence::receipt::none);
  BOOST_TEST(!second.transaction.possible_duplicate);
  verify();
}

BOOST_AUTO_TEST_CASE(a_receipt_that_brings_a_chain_back_brings_its_patience_back) {
  settings.providers.erase(settings.providers.begin() + 1, settings.providers.begin() + 3);
  start();
  const auto receipt = sent_by_sms(true);
  process->run_for(30h);
  replies["alpha"] = [](const auto&) { return refused(); };
  call(token_of(receipt.transactions[0].id), "16");
  process->run_for(5s);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(to_string(status(receipt.message).status) == "pending");
  replies["alpha"] = [](const auto& body) { return success(body); };
  process->run_for(1h);
  BOOST_TEST(to_string(status(receipt.message).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(a_receipt_in_time_makes_a_lost_answer_a_success) {
  persistence::transaction_id id = 0;
  replies["sms"] = [](const auto&) {
    return scripted_engine::answer{
        transfer_failure(actors::transfer_error::timeout, actors::transfer_stage::request_written),
        30s};
  };
  start();
  actors::send_request request;
  request.user = 1;
  request.text = "hello";
  request.type = "sms";
  request.recipients.emplace();
  request.recipients->push_back({"+15550000001", {}, {}, {}});
  const auto receipt = send(request);
  BOOST_REQUIRE(receipt);
  id = receipt->transactions[0].id;
  process->run_for(5s);
  BOOST_TEST(call(token_of(id), "8")->stored == 1);
  process->run_for(10min);
  BOOST_CHECK(row(*receipt, 0).transaction.status == transaction_status::success);
  BOOST_TEST(calls["sms"] == 1);
  BOOST_TEST(calls["alpha"] == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(while_the_database_is_away_the_provider_is_asked_to_come_again) {
  start();
  const auto receipt = sent_by_sms();
  process->faults().away = true;
  const auto refused = call(token_of(receipt.transactions[0].id), "1");
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.error().code == actors::service_errc::unavailable);
  process->faults().away = false;
  process->run_for(30s);
  BOOST_TEST(call(token_of(receipt.transactions[0].id), "1")->stored == 1);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
