#include "actors/providers/signal/signal.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
namespace json = boost::json;

provider_settings good_settings() {
  provider_settings settings;
  settings.name = "signal-a";
  settings.type = "signal";
  settings.connect_timeout = 3s;
  settings.timeout = 120s;
  settings.keys = {{"url", "http://127.0.0.1:8090"}, {"account", "+14155550100"}};
  return settings;
}

std::unique_ptr<driver> made(const provider_settings& settings = good_settings()) {
  auto result = signal_driver_type().make(settings);
  BOOST_TEST_REQUIRE(result.has_value());
  return std::move(*result);
}

transfer_request composed(const std::string& text, const std::string& reference = "7f3c") {
  persistence::message message;
  message.text = text;
  message.html = "<p>not for Signal";
  return made()->compose({"+14155552671", &message, reference});
}

BOOST_AUTO_TEST_SUITE(signal_driver)

// ---- requests ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_delivery_becomes_one_send_for_one_recipient) {
  const auto request = composed("hello");
  BOOST_TEST(request.method == "POST");
  BOOST_TEST(request.group == "signal-a");
  BOOST_TEST(request.url == "http://127.0.0.1:8090/api/v1/rpc");
  BOOST_TEST(request.headers == (std::vector<std::string>{"Content-Type: application/json",
                                                          "Accept: application/json"}),
             boost::test_tools::per_element());
  BOOST_CHECK(request.connect_timeout == 3s);
  BOOST_CHECK(request.timeout == 120s);
  BOOST_TEST(json::parse(request.body) ==
             json::parse(R"({"jsonrpc":"2.0","id":"7f3c","method":"send","params":
                {"account":"+14155550100","recipient":["+14155552671"],"message":"hello"}})"));
}

BOOST_AUTO_TEST_CASE(whatever_the_text_is_it_stays_the_messages_text) {
  for (const auto& text :
       {""s, "\"}],\"id\":1"s, "a\r\nb\tc\\d/e"s, "nul\0nul"s, "\x01\x1f\x7f"s,
        "gr\xc3\xbc\xc3\x9f"s, "\xf0\x9f\x90\xb4"s, "\xe2\x80\xa8"s, std::string(300'000, 'x')}) {
    const auto request = composed(text, text);
    const auto body = json::parse(request.body);
    BOOST_TEST_REQUIRE(body.is_object());
    BOOST_TEST(body.as_object().size() == 4U);
    BOOST_TEST((body.at("id").as_string() == text));
    BOOST_TEST((body.at("params").at("message").as_string() == text));
    BOOST_TEST(request.body.find('\n') == std::string::npos);
    BOOST_TEST(request.headers.size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(the_same_delivery_gives_the_same_request) {
  BOOST_TEST(composed("hello").body == composed("hello").body);
}

BOOST_AUTO_TEST_CASE(signal_reaches_phone_numbers_only) {
  const auto signal = made();
  BOOST_CHECK(signal->address_for({"+15551234567", "bob@example.com", "https://x/"}) ==
              "+15551234567");
  BOOST_CHECK(signal->address_for({"", "bob@example.com", "https://x/"}) == std::nullopt);
  BOOST_CHECK(signal->address_for({}) == std::nullopt);
}

/// Witness: MAX_TOTAL_BODY_SIZE_BYTES in Signal-Android's util/MessageUtil.kt and
/// MAX_BODY_ATTACHMENT_BYTE_LENGTH in Signal-Desktop's ts/util/longAttachment: 64 KiB.
BOOST_AUTO_TEST_CASE(a_text_longer_than_clients_show_is_refused) {
  for (const auto* api : {"json-rpc", "rest"}) {
    auto settings = good_settings();
    settings.keys["api"] = api;
    const auto signal = made(settings);
    persistence::message message;
    message.text = std::string(65'536, 'x');
    BOOST_CHECK(signal->content_refusal(message) == std::nullopt);
    message.text.replace(0, 1, "\xc3\xbc");
    BOOST_CHECK(signal->content_refusal(message) ==
                "the text has 65537 bytes; Signal's clients show at most 65536");
  }
}

// ---- settings ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_url_may_end_in_slashes_and_have_a_path) {
  const struct {
    std::string given, called;
  } rows[]{{"http://127.0.0.1:8090", "http://127.0.0.1:8090/api/v1/rpc"},
           {"http://127.0.0.1:8090/", "http://127.0.0.1:8090/api/v1/rpc"},
           {"http://127.0.0.1:8090///", "http://127.0.0.1:8090/api/v1/rpc"},
           {"https://Signal.Example/behind/", "https://signal.example/behind/api/v1/rpc"},
           {"http://[::1]:8090", "http://[::1]:8090/api/v1/rpc"}};
  persistence::message message;
  for (const auto& row : rows) {
    auto settings = good_settings();
    settings.keys["url"] = row.given;
    BOOST_TEST(made(settings)->compose({"+1", &message, "x"}).url == row.called);
  }
}

BOOST_AUTO_TEST_CASE(the_account_is_taken_as_people_write_it) {
  auto settings = good_settings();
  settings.keys["account"] = "+1 (415) 555-0100";
  persistence::message message;
  const auto body = made(settings)->compose({"+1", &message, "x"}).body;
  BOOST_TEST(json::parse(body).at("params").at("account").as_string() == "+14155550100");
}

BOOST_AUTO_TEST_CASE(wrong_settings_say_which_key_is_wrong) {
  const struct {
    std::string key, value;
  } rows[]{{"api", "REST"},
           {"api", "JSON-RPC"},
           {"url", ""},
           {"url", "127.0.0.1:8090"},
           {"url", "ftp://127.0.0.1"},
           {"url", "http://user:secret@127.0.0.1:8090"},
           {"url", "http://127.0.0.1:8090\r\nX: y"},
           {"url", "http://127.0.0.1:port"},
           {"url", "http://127.0.0.1:8090/?account=1"},
           {"url", "http://127.0.0.1:8090/#top"},
           {"account", ""},
           {"account", "14155550100"},
           {"account", "alice"},
           {"account", "+1415555\n0100"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.key << " = " << row.value) {
      auto settings = good_settings();
      settings.keys[row.key] = row.value;
      const auto result = signal_driver_type().make(settings);
      BOOST_TEST(result.has_error());
      if (result.has_error()) BOOST_TEST(result.error().starts_with(row.key));
    }
  }
  for (const auto key : {"url", "account"}) {
    auto settings = good_settings();
    settings.keys.erase(key);
    BOOST_TEST(signal_driver_type().make(settings).has_error());
  }
}

BOOST_AUTO_TEST_CASE(the_api_may_be_named) {
  for (const auto* api : {"json-rpc", "rest", ""}) {
    auto settings = good_settings();
    settings.keys["api"] = api;
    BOOST_TEST(signal_driver_type().make(settings).has_value());
  }
}

BOOST_AUTO_TEST_CASE(its_type_is_registered_with_its_defaults) {
  const auto* type = find_driver_type("signal");
  BOOST_TEST_REQUIRE(type);
  BOOST_CHECK(type->default_timeout == 120s);
  BOOST_TEST(type->default_max_in_flight == 1);
  std::string required;
  for (const auto& key : type->keys)
    if (key.required) required.append(key.name).append(" ");
  BOOST_TEST(required == "url account ");
  BOOST_TEST(find_driver_type("Signal") == nullptr);
  BOOST_TEST(find_driver_type("") == nullptr);
}

BOOST_AUTO_TEST_CASE(every_registered_type_has_a_name_of_its_own_and_help) {
  for (const auto& type : driver_types()) {
    BOOST_TEST(find_driver_type(type.name) == &type);
    BOOST_TEST(!type.help.empty());
    for (const auto& key : type.keys)
      BOOST_TEST(!key.help.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
