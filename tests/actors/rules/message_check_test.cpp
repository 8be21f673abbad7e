#include "actors/rules/message_check.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr time_point now{std::chrono::hours(24 * 365 * 50)};

send_request request_to(std::vector<recipient_input> recipients) {
  send_request request;
  request.user = 42;
  request.text = "hello";
  request.recipients = std::move(recipients);
  return request;
}

recipient_input text(std::string value) { return {std::move(value), "", "", ""}; }

/// "pointer code", a line for each problem.
std::string problems_of(const send_request& request) {
  const auto checked = check_message(request, now);
  if (checked.has_value()) return "";
  BOOST_CHECK(checked.error().code == service_errc::invalid);
  BOOST_TEST(!checked.error().detail.empty());
  std::string lines;
  for (const auto& problem : checked.error().problems) {
    BOOST_TEST(!problem.detail.empty());
    lines += problem.pointer + ' ' + problem.code + '\n';
  }
  return lines;
}

BOOST_AUTO_TEST_SUITE(message_check)

BOOST_AUTO_TEST_CASE(no_field_that_reaches_a_wire_takes_what_could_break_out_of_it) {
  const auto good = request_to({text("+15551234567")});
  for (const auto& attempt :
       {std::string("a\r\nBcc: eve@example.org"), std::string("a\nb"), std::string("a\rb"),
        std::string("a\0b", 3), std::string("a\r\n.\r\nMAIL FROM:<eve@example.org>"),
        std::string("a\x7f"), std::string("a\x1b[2J")}) {
    auto subject = good;
    subject.subject = attempt;
    BOOST_TEST(problems_of(subject) == "/subject control_character\n");
    for (const auto& address : {"+1555" + attempt + "1234567", "ann" + attempt + "@example.org",
                                "ann@example.org" + attempt, "https://example.org/" + attempt}) {
      BOOST_TEST(problems_of(request_to({text(address)})) != "", address);
      BOOST_TEST(problems_of(request_to({{"", address, "", ""}})) != "");
      BOOST_TEST(problems_of(request_to({{"", "", address, ""}})) != "");
      BOOST_TEST(problems_of(request_to({{"", "", "", address}})) != "");
    }
    auto type = good;
    type.type = "signal" + attempt;
    BOOST_TEST(problems_of(type) == "/type unknown_type\n");
  }
}

BOOST_AUTO_TEST_CASE(texts_have_lines_and_no_other_control_characters) {
  auto request = request_to({text("+15551234567")});
  request.text = "one\r\n.\r\n\ttwo\n";
  request.html = "<p>\n</p>";
  BOOST_TEST(problems_of(request) == "");
  request.text = std::string("a\0b", 3);
  request.html = "<p>\x1b</p>";
  BOOST_TEST(problems_of(request) == "/message control_character\n/html control_character\n");
}

BOOST_AUTO_TEST_CASE(a_good_request_becomes_a_message_as_it_was_given) {
  auto request =
      request_to({text("+1 555 123 4567"), text("Bob@Example.com"), text("https://example.com")});
  request.subject = "about";
  request.html = "<p>hello";
  request.metadata = R"({"a":1})";
  request.type = "signal";
  request.fallback = false;
  const auto checked = check_message(request, now);
  BOOST_TEST_REQUIRE(checked.has_value());
  const auto& message = *checked;
  BOOST_TEST(message.user == 42);
  BOOST_TEST(message.text == "hello");
  BOOST_TEST(message.subject == "about");
  BOOST_TEST(message.html == "<p>hello");
  BOOST_TEST(message.metadata == R"({"a":1})");
  BOOST_TEST(message.requested_type == "signal");
  BOOST_TEST(!message.fallback);
  BOOST_CHECK(message.created_at == now);
  BOOST_CHECK(message.id == persistence::message_id{});
  BOOST_CHECK((message.recipients ==
               std::vector<persistence::recipient>{{"+15551234567", "", ""},
                                                   {"", "Bob@example.com", ""},
                                                   {"", "", "https://example.com/"}}));
}

BOOST_AUTO_TEST_CASE(without_recipients_the_message_goes_to_the_user) {
  send_request request;
  request.user = 42;
  const auto checked = check_message(request, now);
  BOOST_TEST_REQUIRE(checked.has_value());
  BOOST_CHECK((checked->recipients == std::vector<persistence::recipient>{{}}));
}

BOOST_AUTO_TEST_CASE(named_addresses_make_one_recipient) {
  const auto checked = check_message(
      request_to({{"", "+1 (555) 123-4567", "Bob@Example.com", "https://example.com"}}), now);
  BOOST_TEST_REQUIRE(checked.has_value());
  BOOST_CHECK(
      (checked->recipients == std::vector<persistence::recipient>{
                                  {"+15551234567", "Bob@example.com", "https://example.com/"}}));
}

BOOST_AUTO_TEST_CASE(everything_that_is_wrong_is_said_at_once) {
  auto request = request_to({text("nobody"),
                             text("+15551234567"),
                             {"", "123", "a@", "ftp://x"},
                             text(""),
                             text("+15551234567")});
  request.type = "pigeon";
  request.expires_at = now;
  request.send_at = now + 1h;
  BOOST_TEST(problems_of(request) ==
             "/recipients/0 bad_phone_number\n"
             "/recipients/2/phone bad_phone_number\n"
             "/recipients/2/email bad_email_address\n"
             "/recipients/2/url bad_url\n"
             "/recipients/3 bad_recipient\n"
             "/recipients/4 duplicate_recipient\n"
             "/type unknown_type\n"
             "/expires_at in_the_past\n"
             "/expires_at before_send_at\n");
}

BOOST_AUTO_TEST_CASE(the_same_recipient_twice_is_refused_however_it_was_written) {
  BOOST_TEST(problems_of(request_to({text("+15551234567"),
                                     text("bob@example.com"),
                                     text("+1 (555) 123-4567"),
                                     {"", "+15551234567", "", ""},
                                     text("bob@EXAMPLE.com"),
                                     text("Bob <bob@example.com>")})) ==
             "/recipients/2 duplicate_recipient\n"
             "/recipients/3 duplicate_recipient\n"
             "/recipients/4 duplicate_recipient\n"
             "/recipients/5 duplicate_recipient\n");
}

BOOST_AUTO_TEST_CASE(one_address_in_two_recipients_is_refused_whatever_else_they_have) {
  const recipient_input whole{"", "+15551234567", "bob@example.com", "https://example.com"};
  for (const auto& other : {text("+1 (555) 123-4567"),
                            text("bob@EXAMPLE.com"),
                            text("https://example.com/"),
                            {"", "+15551234567", "", ""},
                            {"", "+15551234567", "ann@example.com", ""},
                            {"", "+15557654321", "bob@example.com", ""},
                            {"", "+15557654321", "", "https://example.com"},
                            whole}) {
    const auto request = request_to({whole, text("+15550000000"), other});
    BOOST_TEST(problems_of(request) == "/recipients/2 duplicate_recipient\n");
    BOOST_TEST(check_message(request, now)
                   .error()
                   .problems.front()
                   .detail.starts_with("has the address of /recipients/0:"));
  }
}

BOOST_AUTO_TEST_CASE(recipients_without_a_common_address_are_not_the_same) {
  BOOST_TEST(problems_of(request_to({{"", "+15551234567", "", ""},
                                     {"", "+15557654321", "bob@example.com", ""}})) == "");
  BOOST_TEST(problems_of(request_to({text("Bob@example.com"), text("bob@example.com")})) == "");
}

BOOST_AUTO_TEST_CASE(a_thousand_recipients_are_checked_each) {
  std::vector<recipient_input> many;
  for (int i = 0; i < 1000; ++i)
    many.push_back(text("+1555" + std::to_string(1'000'000 + i)));
  BOOST_TEST(problems_of(request_to(many)) == "");
  many.back() = many.front();
  BOOST_TEST(problems_of(request_to(many)) == "/recipients/999 duplicate_recipient\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_type_is_told_the_known_ones) {
  auto request = request_to({text("+15551234567")});
  request.type = "Signal";
  const auto checked = check_message(request, now);
  BOOST_TEST_REQUIRE(!checked.has_value());
  BOOST_TEST(checked.error().problems.front().detail.find("known are: signal") !=
             std::string::npos);
  for (const auto& [said, meant] : {std::pair("smtp", "email"), std::pair("text", "sms")}) {
    request.type = said;
    BOOST_TEST(check_message(request, now).error().problems.front().detail ==
               "there is no provider type '" + std::string(said) + "'; use '" + meant + "'");
  }
}

BOOST_AUTO_TEST_CASE(times_are_compared_with_now_and_with_each_other) {
  using optional_time = std::optional<time_point>;
  const struct {
    optional_time send_at, expires_at;
    std::string_view problems;
  } rows[]{{std::nullopt, now + 1us, ""},
           {std::nullopt, now, "/expires_at in_the_past\n"},
           {std::nullopt, now - 1h, "/expires_at in_the_past\n"},
           {now - 1h, std::nullopt, ""},
           {now + 1h, std::nullopt, ""},
           {now + 1h, now + 1h, "/expires_at before_send_at\n"},
           {now + 1h, now + 1h + 1us, ""},
           {now - 2h, now - 1h, "/expires_at in_the_past\n"}};
  for (const auto& row : rows) {
    auto request = request_to({text("+15551234567")});
    request.send_at = row.send_at;
    request.expires_at = row.expires_at;
    BOOST_TEST(problems_of(request) == row.problems);
  }
}

BOOST_AUTO_TEST_CASE(times_are_resolved_against_now) {
  using optional_time = std::optional<time_point>;
  const struct {
    optional_time send_at;
    std::optional<std::chrono::seconds> ttl;
    optional_time sends, expires;
  } rows[]{{std::nullopt, std::nullopt, std::nullopt, std::nullopt},
           {now - 1h, std::nullopt, now, std::nullopt},
           {now + 1h, std::nullopt, now + 1h, std::nullopt},
           {std::nullopt, 5s, std::nullopt, now + 5s},
           {now - 1h, 5s, now, now + 5s},
           {now + 1h, 5s, now + 1h, now + 1h + 5s}};
  for (const auto& row : rows) {
    auto request = request_to({text("+15551234567")});
    request.send_at = row.send_at;
    request.ttl = row.ttl;
    resolve_times(request, now);
    BOOST_TEST((request.send_at == row.sends));
    BOOST_TEST((request.expires_at == row.expires));
    BOOST_TEST(problems_of(request) == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
