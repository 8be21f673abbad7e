#include "actors/providers/sms/sms.hpp"

#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

/// Witness: Twilio's list of errors (21617: 1600 characters) and twilio-oai for the forms of an
/// account, a service and a sender; Kannel 1.4.5's user guide for its login and `from`. How many
/// segments a text has is judged in sms_segments_test.cpp.
namespace postrider::actors {
namespace {

const std::string account = "AC0123456789abcdef0123456789ABCDEF";
const std::string service = "MG0123456789abcdef0123456789abcdef";

driver_keys twilio_keys() {
  return {{"api", "twilio"},
          {"account_sid", account},
          {"auth_token", "12345"},
          {"from", "+14155550100"}};
}

driver_keys kannel_keys() {
  return {{"api", "kannel"},
          {"url", "http://127.0.0.1:13013"},
          {"username", "mds"},
          {"password", "secret"},
          {"from", "12345"}};
}

std::string mistake_of(driver_keys keys, const driver_keys& changes) {
  for (const auto& [key, value] : changes)
    keys[key] = value;
  const auto made = sms_driver_type().make(settings_with(std::move(keys)));
  return made ? "" : made.error();
}

BOOST_AUTO_TEST_SUITE(sms_driver)

BOOST_AUTO_TEST_CASE(right_settings_make_a_driver) {
  const struct {
    driver_keys keys, changes;
  } rows[]{{twilio_keys(), {}},
           {twilio_keys(), {{"from", ""}, {"messaging_service_sid", service}}},
           {twilio_keys(), {{"from", "12345"}}},
           {twilio_keys(), {{"from", "Postrider 1"}}},
           {twilio_keys(), {{"url", "http://127.0.0.1:4010/"}}},
           {twilio_keys(), {{"max_segments", "1"}}},
           {twilio_keys(), {{"max_segments", "255"}}},
           {kannel_keys(), {}},
           {kannel_keys(), {{"url", "https://gateway.example/kannel/"}}}};
  for (const auto& row : rows)
    BOOST_TEST(mistake_of(row.keys, row.changes) == "");
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_is_said_at_once) {
  const auto keys_of = [](std::istringstream lines) {
    std::string keys;
    for (std::string line; std::getline(lines, line);)
      keys += line.substr(0, line.find(':')) + " ";
    return keys;
  };
  BOOST_TEST(
      keys_of(std::istringstream(mistake_of(twilio_keys(), {{"account_sid", "AC1"},
                                                            {"auth_token", ""},
                                                            {"username", "x"},
                                                            {"from", "a name that is too long"},
                                                            {"url", "ftp://x"},
                                                            {"max_segments", "0"}}))) ==
      "auth_token username account_sid url max_segments from ");
  BOOST_TEST(keys_of(std::istringstream(mistake_of(
                 kannel_keys(), {{"url", ""}, {"password", ""}, {"auth_token", "x"}}))) ==
             "url password auth_token ");
}

BOOST_AUTO_TEST_CASE(wrong_settings_say_which_key_is_wrong) {
  const struct {
    driver_keys keys, changes;
    std::string_view key;
  } rows[]{
      {twilio_keys(), {{"api", ""}}, "api"},
      {twilio_keys(), {{"api", "smpp"}}, "api"},
      {twilio_keys(), {{"api", "Twilio"}}, "api"},
      {twilio_keys(), {{"account_sid", ""}}, "account_sid"},
      {twilio_keys(), {{"account_sid", "AC123"}}, "account_sid"},
      {twilio_keys(), {{"account_sid", "SK" + account.substr(2)}}, "account_sid"},
      {twilio_keys(), {{"account_sid", account.substr(0, 33) + "/"}}, "account_sid"},
      {twilio_keys(), {{"auth_token", ""}}, "auth_token"},
      {twilio_keys(), {{"from", ""}}, "from"},
      {twilio_keys(), {{"messaging_service_sid", service}}, "from"},
      {twilio_keys(), {{"from", "a name that is too long"}}, "from"},
      {twilio_keys(), {{"from", "a\nb"}}, "from"},
      {twilio_keys(), {{"from", ""}, {"messaging_service_sid", "MG1"}}, "messaging_service_sid"},
      {twilio_keys(), {{"username", "mds"}}, "username"},
      {twilio_keys(), {{"password", "x"}}, "password"},
      {twilio_keys(), {{"url", "api.twilio.com"}}, "url"},
      {twilio_keys(), {{"url", "https://api.twilio.com/?a=1"}}, "url"},
      {twilio_keys(), {{"max_segments", "0"}}, "max_segments"},
      {twilio_keys(), {{"max_segments", "256"}}, "max_segments"},
      {twilio_keys(), {{"max_segments", "ten"}}, "max_segments"},
      {kannel_keys(), {{"url", ""}}, "url"},
      {kannel_keys(), {{"url", "http://mds:secret@127.0.0.1:13013"}}, "url"},
      {kannel_keys(), {{"username", ""}}, "username"},
      {kannel_keys(), {{"password", ""}}, "password"},
      {kannel_keys(), {{"from", ""}}, "from"},
      {kannel_keys(), {{"account_sid", account}}, "account_sid"},
      {kannel_keys(), {{"auth_token", "x"}}, "auth_token"},
      {kannel_keys(), {{"messaging_service_sid", service}}, "messaging_service_sid"}};
  for (const auto& row : rows) {
    const auto mistake = mistake_of(row.keys, row.changes);
    BOOST_TEST(mistake.starts_with(std::string(row.key) + ": "), mistake << " for " << row.key);
    BOOST_TEST(mistake.find("12345") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(both_reach_phone_numbers_only) {
  for (const auto& keys : {twilio_keys(), kannel_keys()}) {
    const auto sms = std::move(*sms_driver_type().make(settings_with(keys)));
    BOOST_CHECK(sms->address_for({"+14155552671", "bob@example.com", ""}) == "+14155552671");
    BOOST_CHECK(sms->address_for({"", "bob@example.com", "https://x/"}) == std::nullopt);
  }
}

BOOST_AUTO_TEST_CASE(texts_with_too_many_segments_are_refused) {
  const struct {
    std::string text, limit, part_of_refusal;
  } rows[]{{std::string(1530, 'A'), "", ""},
           {std::string(1531, 'A'), "", "11 short messages of 153 septets"},
           {std::string(160, 'A'), "1", ""},
           {std::string(161, 'A'), "1", "more than max_segments = 1"},
           {std::string(161, '`'), "2", "3 short messages of 67 UTF-16 units"},
           {"", "", "needs a text"}};
  for (auto keys : {twilio_keys(), kannel_keys()}) {
    for (const auto& row : rows) {
      keys["max_segments"] = row.limit;
      const auto sms = std::move(*sms_driver_type().make(settings_with(keys)));
      persistence::message message;
      message.text = row.text;
      const auto refusal = sms->content_refusal(message).value_or("");
      BOOST_TEST(refusal.find(row.part_of_refusal) != std::string::npos, refusal);
      BOOST_TEST(refusal.empty() == row.part_of_refusal.empty(), refusal);
    }
  }
}

BOOST_AUTO_TEST_CASE(twilio_takes_1600_characters_however_many_segments_are_allowed) {
  auto keys = twilio_keys();
  keys["max_segments"] = "255";
  const auto sms = std::move(*sms_driver_type().make(settings_with(keys)));
  persistence::message message;
  message.text = std::string(1600, 'A');
  BOOST_CHECK(sms->content_refusal(message) == std::nullopt);
  message.text += 'A';
  BOOST_TEST(sms->content_refusal(message).value_or("").find("1600") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(its_type_is_registered) {
  const auto* type = find_driver_type("sms");
  BOOST_TEST_REQUIRE(type);
  BOOST_CHECK(type->default_timeout == std::chrono::seconds(30));
  BOOST_TEST(type->default_max_in_flight == 0);
  std::string secrets;
  for (const auto& key : type->keys)
    if (key.kind == key_kind::secret) secrets.append(key.name).append(" ");
  BOOST_TEST(secrets == "auth_token password ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
