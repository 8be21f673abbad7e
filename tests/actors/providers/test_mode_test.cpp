#include "actors/providers/test_mode.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>

namespace postrider::actors {
namespace {

/// The driver of test mode's provider of a type.
std::unique_ptr<driver> driver_of(std::string_view type) {
  for (const auto& settings : test_providers())
    if (settings.type == type) return std::move(*make_driver(settings));
  return nullptr;
}

outcome_kind kind_of(const driver& from, const std::string& address, std::int32_t retry_count = 0) {
  delivery_content content;
  content.address = address;
  content.transaction = 7;
  content.retry_count = retry_count;
  const auto call = from.simulate(content);
  BOOST_REQUIRE_MESSAGE(call, address << " would be sent");
  const auto found = from.classify(content, call->result);
  // Else what one test chooses would close the provider for all others.
  BOOST_TEST((found.kind == outcome_kind::accepted || found.recipient_only));
  return found.kind;
}

BOOST_AUTO_TEST_SUITE(test_mode)

BOOST_AUTO_TEST_CASE(has_a_provider_of_every_type_that_sends_nothing) {
  const std::map<std::string_view, persistence::recipient> reached{
      {"signal", {"+4930123456", "", ""}},
      {"sms", {"+4930123456", "", ""}},
      {"email", {"", "bob@example.com", ""}},
      {"webhook", {"", "", "https://example.com/hook"}}};
  BOOST_TEST(test_providers().size() == driver_types().size());
  for (const auto& type : driver_types()) {
    const auto made = driver_of(type.name);
    BOOST_REQUIRE_MESSAGE(made, "there is none for " << type.name);
    const auto address = made->address_for(reached.at(type.name));
    BOOST_REQUIRE_MESSAGE(address, type.name << " reaches nobody");
    BOOST_TEST((kind_of(*made, *address) == outcome_kind::accepted));
    BOOST_TEST(!made->event_stream());
  }
}

BOOST_AUTO_TEST_CASE(has_a_recipient_for_every_outcome_and_receipt) {
  std::map<outcome_kind, int> outcomes;
  std::map<persistence::receipt, int> receipts;
  for (const auto& one : test_recipients()) {
    ++outcomes[one.kind];
    for (const auto kind : one.receipts)
      ++receipts[kind];
  }
  BOOST_TEST(outcomes.size() == outcome_kinds);
  BOOST_TEST(receipts.size() == 3);
}

BOOST_AUTO_TEST_CASE(finds_the_outcome_by_each_kind_of_address) {
  const auto sms = driver_of("sms"), email = driver_of("email"), webhook = driver_of("webhook");
  for (const auto& one : test_recipients()) {
    BOOST_TEST_CONTEXT(one.name) {
      const std::string name(one.name);
      BOOST_TEST((kind_of(*sms, std::string(one.phone)) == one.kind));
      BOOST_TEST((kind_of(*email, name + "@postrider.test") == one.kind));
      BOOST_TEST((kind_of(*webhook, "https://postrider.test/" + name) == one.kind));
      const bool first_only = one.ends_so == test_recipient::when::first_attempt;
      const auto later = first_only ? outcome_kind::accepted : one.kind;
      BOOST_TEST((kind_of(*sms, std::string(one.phone), 1) == later));
    }
  }
}

BOOST_AUTO_TEST_CASE(is_not_busy_for_ever) {
  const auto sms = driver_of("sms");
  persistence::message message;
  message.created_at = persistence::time_point(std::chrono::hours(1));
  delivery_content content;
  content.address = "+12025550111";
  content.message = &message;
  content.now = message.created_at + std::chrono::seconds(59);
  const auto busy = sms->classify(content, {});
  BOOST_TEST((busy.kind == outcome_kind::throttled));
  BOOST_TEST((busy.retry_after == std::chrono::seconds(1)));
  content.now = message.created_at + std::chrono::seconds(60);
  BOOST_TEST((sms->classify(content, {}).kind == outcome_kind::accepted));
}

BOOST_AUTO_TEST_CASE(delivers_to_all_others) {
  const auto email = driver_of("email"), webhook = driver_of("webhook");
  for (const auto* address : {"unknown@example.com", "unknown@postrider.test.example.com",
                              "nobody@postrider.test", "unknown@x@postrider.test"})
    BOOST_TEST((kind_of(*email, address) == outcome_kind::accepted), address);
  for (const auto* address :
       {"https://example.com/unknown", "https://postrider.test.example.com/unknown",
        "https://postrider.test", "https://postrider.test/unknown/x"})
    BOOST_TEST((kind_of(*webhook, address) == outcome_kind::accepted), address);
}

BOOST_AUTO_TEST_CASE(names_its_receipts_by_the_transaction) {
  const auto sms = driver_of("sms");
  delivery_content content;
  content.address = "+12025550102";
  content.transaction = 4711;
  const auto call = sms->simulate(content);
  BOOST_REQUIRE(call);
  BOOST_REQUIRE(call->receipts.size() == 2);
  BOOST_TEST((call->receipts[0].kind == persistence::receipt::delivered));
  BOOST_TEST((call->receipts[1].kind == persistence::receipt::read));
  BOOST_TEST(call->receipts[1].provider_refs.at(0) ==
             sms->classify(content, call->result).provider_ref);
  content.address = "+12025550107";
  BOOST_TEST(sms->simulate(content)->receipts.empty());
}

BOOST_AUTO_TEST_CASE(refuses_content_as_the_real_ones_do) {
  persistence::message message;
  message.text = std::string(20'000, 'x');
  BOOST_TEST(driver_of("sms")->content_refusal(message).has_value());
  BOOST_TEST(!driver_of("email")->content_refusal(message).has_value());
}

BOOST_AUTO_TEST_CASE(is_documented_line_by_line) {
  std::ifstream file(POSTRIDER_SOURCE_DIR "/docs/guides/test-mode.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const auto& one : test_recipients()) {
    std::string line("| `");
    line.append(one.name).append("` | `").append(one.phone).append("` | ").append(one.help);
    BOOST_TEST((text.str().find(line) != std::string::npos), line);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
