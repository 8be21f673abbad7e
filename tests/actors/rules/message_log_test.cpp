#include "actors/rules/message_log.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace postrider::actors {

namespace {

/// The text of one line; the sink is taken away again at the end.
struct log_fixture {
  log_fixture() {
    set_log_sink(
        [this](log_level, std::string_view, std::string_view said, log_fields fields) {
          ++lines;
          text = said;
          for (const auto& [name, value] : fields)
            values[std::string(name)] = value;
        },
        log_level::info);
    message.request_id = "from the client";
    message.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    row.id = 42;
    row.recipient = "+15551234567";
  }
  ~log_fixture() {
    set_log_sink({});
    log_full_recipients(false);
  }

  persistence::message message;
  persistence::transaction row;
  std::string text;
  std::map<std::string, std::string> values;
  int lines = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(message_log, log_fixture)

BOOST_AUTO_TEST_CASE(a_line_has_all_names_of_its_message) {
  log(log_level::info, "sender", "hello", log_subject{&message, &row, "alpha"});
  BOOST_TEST(text == "hello");
  BOOST_TEST(values.at("request_id") == "from the client");
  BOOST_TEST(values.at("message_id") == to_string(message.id));
  BOOST_TEST(values.at("trace_id") == "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_TEST(values.at("transaction") == "42");
  BOOST_TEST(values.at("provider") == "alpha");
}

BOOST_AUTO_TEST_CASE(recipients_are_masked_where_a_provider_quotes_them_too) {
  log(log_level::info, "sender", "refused: +15551234567 is unknown, 15551234567 as well",
      log_subject{&message, &row});
  BOOST_TEST(values.at("recipient") == "+***67");
  BOOST_TEST(text == "refused: +***67 is unknown, ***67 as well");
}

BOOST_AUTO_TEST_CASE(recipients_are_named_when_the_configuration_says_so) {
  log_full_recipients(true);
  log(log_level::info, "sender", "+15551234567 is unknown", log_subject{&message, &row});
  BOOST_TEST(values.at("recipient") == "+15551234567");
  BOOST_TEST(text == "+15551234567 is unknown");
}

BOOST_AUTO_TEST_CASE(a_mask_leaves_what_tells_a_typing_mistake) {
  BOOST_TEST(masked_recipient("ann@example.org") == "a***@example.org");
  BOOST_TEST(masked_recipient("https://ann:pw@example.org:8443/hook/secret?token=1") ==
             "https://example.org:8443/***");
  BOOST_TEST(masked_recipient("https://example.org") == "https://example.org/***");
  BOOST_TEST(masked_recipient("+4915212345678") == "+***78");
  BOOST_TEST(masked_recipient("12345") == "***");
  BOOST_TEST(masked_recipient("") == "***");
}

BOOST_AUTO_TEST_CASE(mentions_are_masked_however_they_are_written) {
  struct row {
    const char *address, *said, *shown;
  };
  for (const auto& [address, said, shown] : std::initializer_list<row>{
           {"+15551234567", "1 (555) 123-4567 and +1-555-123-4567: 421 15551234567",
            "***67 and +***67: 421 ***67"},
           {"+15551234567", "to=%2B15551234567, (555) 123-4567 or 0555/1234567",
            "to=%2B***67, (***67 or 0***67"},
           {"+15551234567", "id 555123456789 of 4567, try 123 4568",
            "id 555123456789 of 4567, try 123 4568"},
           {"+4915212345678", "0152 1234 5678", "0***78"},
           {"Ann.Lee@example.org", "<ann.lee@EXAMPLE.org>: user ann.lee unknown",
            "<A***@example.org>: user A*** unknown"},
           {"ann@example.org", "550 5.1.1 ANN is not here, annual planning",
            "550 5.1.1 a*** is not here, annual planning"},
           {"ann@example.org", "ann%40example.org", "a***%40example.org"},
           {"al@example.org", "al is short, al@example.org is not",
            "al is short, a***@example.org is not"},
           {"https://example.org/hook/of-ann?t=1",
            "POST /Hook/of-ann?t=1 of HTTPS://example.org/hook/of-ann?t=1",
            "POST /*** of https://example.org/***"},
           {"group.abcdef", "no GROUP.ABCDEF here", "no ***ef here"},
           {"", "nothing", "nothing"}})
    BOOST_TEST(mask_mentions(said, address) == shown);
}

BOOST_AUTO_TEST_CASE(what_is_below_the_level_is_not_even_made) {
  log(log_level::debug, "sender", "hello", log_subject{&message, &row});
  BOOST_TEST(lines == 0);
  BOOST_TEST(!logs(log_level::debug));
  BOOST_TEST(logs(log_level::error));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::actors
