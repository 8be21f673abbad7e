#include "actors/providers/ntfy.hpp"

#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<driver> made(const driver_keys& keys = {{"url", "https://ntfy.sh"},
                                                        {"token", "tk_s3cret"}}) {
  return std::move(*find_driver_type("ntfy")->make(settings_with(keys)));
}

std::string error_body(int code) {
  return R"({"code":)" + std::to_string(code) + R"(,"http":)" + std::to_string(code / 100) +
         R"(,"error":"why it failed","link":"https://ntfy.sh/docs"})";
}

struct ntfy_fixture {
  std::unique_ptr<driver> ntfy = made();
};

BOOST_FIXTURE_TEST_SUITE(ntfy_driver, ntfy_fixture)

BOOST_AUTO_TEST_CASE(the_line_in_the_registry_makes_it_known) {
  const auto* type = find_driver_type("ntfy");
  BOOST_TEST_REQUIRE(type);
  BOOST_TEST(!type->help.empty());
  BOOST_TEST(type->keys.size() == 2u);
  BOOST_TEST(find_driver_type("signal") != nullptr);
}

// ---- requests ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_delivery_becomes_one_post_to_the_server) {
  persistence::message message;
  message.text = "disk \"sda\" is full";
  message.subject = "backup";
  const auto request = ntfy->compose({"https://ntfy.sh/alerts", &message, "7f3c/0", "", {}});
  BOOST_TEST(request.method == "POST");
  BOOST_TEST(request.url == "https://ntfy.sh/");
  BOOST_TEST(request.group == "provider-a");
  BOOST_CHECK(request.timeout == 17s);
  BOOST_TEST(request.headers == (std::vector<std::string>{"Content-Type: application/json",
                                                          "Authorization: Bearer tk_s3cret"}),
             boost::test_tools::per_element());
  BOOST_TEST(boost::json::parse(request.body) ==
             boost::json::parse(
                 R"({"topic":"alerts","message":"disk \"sda\" is full","title":"backup"})"));
}

BOOST_AUTO_TEST_CASE(without_subject_and_token_there_is_neither_title_nor_login) {
  persistence::message message;
  message.text = "hello";
  const auto request = made({{"url", "http://127.0.0.1:2586"}})
                           ->compose({"http://127.0.0.1:2586/a", &message, "x", "", {}});
  BOOST_TEST(request.headers.size() == 1u);
  BOOST_TEST(boost::json::parse(request.body) ==
             boost::json::parse(R"({"topic":"a","message":"hello"})"));
}

BOOST_AUTO_TEST_CASE(topics_of_its_own_server_are_reached) {
  const struct {
    std::string url, address;
  } rows[]{{"https://ntfy.sh/alerts", "https://ntfy.sh/alerts"},
           {"https://NTFY.sh/My-topic_1", "https://ntfy.sh/My-topic_1"},
           {"https://ntfy.sh/" + std::string(64, 'a'), "https://ntfy.sh/" + std::string(64, 'a')},
           {"https://ntfy.sh/" + std::string(65, 'a'), "(none)"},
           {"https://ntfy.sh", "(none)"},
           {"https://ntfy.sh/a/b", "(none)"},
           {"https://ntfy.sh/a?auth=x", "(none)"},
           {"http://ntfy.sh/alerts", "(none)"},
           {"https://ntfy.sh.example.com/alerts", "(none)"},
           {"https://ntfy.example/alerts", "(none)"},
           {"", "(none)"}};
  for (const auto& row : rows)
    BOOST_TEST(ntfy->address_for({"+14155552671", "", row.url}).value_or("(none)") == row.address);
}

BOOST_AUTO_TEST_CASE(texts_that_ntfy_would_change_are_refused) {
  persistence::message message;
  BOOST_TEST(ntfy->content_refusal(message).value_or("").find("triggered") != std::string::npos);
  message.text = std::string(4096, 'x');
  BOOST_CHECK(ntfy->content_refusal(message) == std::nullopt);
  message.text += 'x';
  BOOST_TEST(ntfy->content_refusal(message).value_or("").find("4096") != std::string::npos);
}

// ---- replies -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_was_published_is_accepted_with_its_id) {
  const auto done =
      outcome_of(*ntfy, replied(200, R"({"id":"xE73Iyuabi","time":1763869200,"expires":1763912400,)"
                                     R"("event":"message","topic":"alerts","message":"hello"})"));
  BOOST_TEST(to_string(done.kind) == "accepted");
  BOOST_TEST(done.provider_ref == "xE73Iyuabi");
}

BOOST_AUTO_TEST_CASE(each_error_code_has_its_outcome) {
  const struct {
    int code;
    std::string_view outcome;
    bool recipient_only = false;
    std::chrono::seconds pause{0};
  } rows[]{{40009, "recipient_rejected"},
           {40010, "recipient_rejected"},
           {40011, "message_rejected"},
           {40017, "message_rejected"},
           {40024, "message_rejected"},
           {40099, "unavailable", true},
           {40101, "misconfigured"},
           {40301, "misconfigured", true},
           {40401, "misconfigured"},
           {41301, "message_rejected"},
           {41303, "message_rejected"},
           {42901, "throttled", false, 10s},
           {42908, "throttled", false, 1h},
           {42909, "throttled", false, 5min},
           {42999, "throttled"},
           {50001, "unknown"},
           {50701, "unavailable", true}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.code) {
      const auto out = outcome_of(*ntfy, replied(row.code / 100, error_body(row.code)));
      BOOST_TEST(to_string(out.kind) == row.outcome);
      BOOST_TEST(out.recipient_only == row.recipient_only);
      BOOST_TEST(out.credentials == (row.code == 40101 || row.code == 40301));
      BOOST_TEST(out.retry_after.value_or(0s).count() ==
                 std::chrono::milliseconds(row.pause).count());
      BOOST_TEST(out.detail.find("why it failed") != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_recognised_is_never_accepted) {
  const struct {
    int status;
    std::string_view body, outcome;
  } rows[]{{200, "", "unknown"},
           {200, "<html>", "unknown"},
           {200, R"({"event":"message"})", "unknown"},
           {200, R"({"id":"x","event":"open"})", "unknown"},
           {200, R"({"id":17,"event":"message"})", "unknown"},
           {201, R"({"id":"x","event":"message"})", "unknown"},
           {302, "", "unavailable"},
           {400, "", "unavailable"},
           {401, "", "unavailable"},
           {403, "", "unavailable"},
           {404, "<html>", "unavailable"},
           {429, "", "throttled"},
           {502, "", "unknown"},
           {0, "", "unknown"}};
  for (const auto& row : rows)
    BOOST_TEST(kind_of(*ntfy, replied(row.status, std::string(row.body))) == row.outcome,
               row.status << " " << row.body);
}

BOOST_AUTO_TEST_CASE(an_exchange_that_broke_off_is_judged_by_how_far_it_got) {
  for (const auto& row : stages_of_whole_requests)
    BOOST_TEST(kind_of(*ntfy, broken_off(transfer_error::timeout, row.stage)) == row.outcome);
}

BOOST_AUTO_TEST_CASE(the_token_is_not_repeated) {
  const auto out = outcome_of(*ntfy, replied(401, "tk_s3cret is wrong"));
  BOOST_TEST(out.detail == "ntfy answered HTTP 401: *** is wrong");
}

// ---- settings ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(wrong_settings_say_which_key_is_wrong) {
  const struct {
    std::string key, value;
  } rows[]{{"url", ""},
           {"url", "ntfy.sh"},
           {"url", "https://ntfy.sh/alerts"},
           {"url", "https://ntfy.sh/?a=1"},
           {"token", "tk_1\r\nX: y"}};
  for (const auto& row : rows) {
    driver_keys keys{{"url", "https://ntfy.sh"}};
    keys[row.key] = row.value;
    const auto result = find_driver_type("ntfy")->make(settings_with(keys));
    BOOST_TEST_REQUIRE(result.has_error(), row.value);
    BOOST_TEST(result.error().starts_with(row.key + ": "));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
