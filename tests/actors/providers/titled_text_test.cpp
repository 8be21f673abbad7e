#include "actors/providers/titled_text.hpp"

#include "actors/providers/signal/signal.hpp"
#include "actors/providers/sms/sms.hpp"
#include "base/percent.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

namespace json = boost::json;

persistence::message message_with(std::string subject, std::string text) {
  persistence::message message;
  message.subject = std::move(subject);
  message.text = std::move(text);
  return message;
}

/// The channels without a subject: each driver of type `signal` and `sms`.
enum class channel { rpc, rest, twilio, kannel };
constexpr channel channels[]{channel::rpc, channel::rest, channel::twilio, channel::kannel};

boost::system::result<std::unique_ptr<driver>, std::string> make(channel which,
                                                                 const std::string& subject_in_text,
                                                                 const std::string& segments = "") {
  driver_keys keys{{"api", "json-rpc"}, {"url", "http://127.0.0.1:1"}, {"account", "+14155550100"}};
  if (which == channel::rest) keys["api"] = "rest";
  if (which == channel::twilio)
    keys = {{"api", "twilio"},
            {"account_sid", "AC0123456789abcdef0123456789ABCDEF"},
            {"auth_token", "t"},
            {"from", "+14155550100"}};
  if (which == channel::kannel)
    keys = {{"api", "kannel"},
            {"url", "http://127.0.0.1:1"},
            {"username", "mds"},
            {"password", "p"},
            {"from", "12345"}};
  const bool sms = which == channel::twilio || which == channel::kannel;
  if (!subject_in_text.empty()) keys["subject_in_text"] = subject_in_text;
  if (!segments.empty()) keys["max_segments"] = segments;
  const auto type = sms ? sms_driver_type() : signal_driver_type();
  return type.make(settings_with(keys));
}

std::string value_of(const form_fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return "(none)";
}

/// The text in the request.
std::string sent_by(channel which, const driver& one, const persistence::message& message) {
  const auto request = one.compose({"+14155552671", &message, "7f3c/0", "", {}});
  switch (which) {
    case channel::rpc:
      return json::parse(request.body).at("params").at("message").as_string().c_str();
    case channel::rest: return json::parse(request.body).at("message").as_string().c_str();
    case channel::twilio: return value_of(form_decoded(request.body).value(), "Body");
    case channel::kannel:
      return value_of(form_decoded(request.url.substr(request.url.find('?') + 1)).value(), "text");
  }
  return {};
}

BOOST_AUTO_TEST_SUITE(titled_texts)

BOOST_AUTO_TEST_CASE(a_title_is_a_line_in_front_of_the_text) {
  const struct {
    const char *subject, *text, *with, *without;
  } rows[]{{"Backup", "It failed.", "Backup\nIt failed.", "It failed."},
           {"", "It failed.", "It failed.", "It failed."},
           {"Backup", "", "", ""},
           {"Äpfel", "a\nb", "Äpfel\na\nb", "a\nb"}};
  for (const auto& row : rows) {
    const auto message = message_with(row.subject, row.text);
    BOOST_TEST(titled_text(message, true) == row.with);
    BOOST_TEST(titled_text(message, false) == row.without);
  }
}

BOOST_AUTO_TEST_CASE(every_channel_without_a_subject_sends_it_unless_it_is_switched_off) {
  const auto message = message_with("Backup", "It failed.");
  for (const auto which : channels) {
    for (const auto* wanted : {"", "true"})
      BOOST_TEST(sent_by(which, **make(which, wanted), message) == "Backup\nIt failed.");
    BOOST_TEST(sent_by(which, **make(which, "false"), message) == "It failed.");
    BOOST_TEST(make(which, "yes").error() == "subject_in_text: it must be true or false");
  }
}

BOOST_AUTO_TEST_CASE(the_title_counts_as_a_part_of_the_text) {
  // Subject, line break and text are 160 septets.
  auto fits = message_with(std::string(9, 'S'), std::string(150, 'A'));
  for (const auto which : {channel::twilio, channel::kannel}) {
    BOOST_CHECK((*make(which, "", "1"))->content_refusal(fits) == std::nullopt);
    auto longer = message_with(std::string(10, 'S'), fits.text);
    BOOST_TEST((*make(which, "", "1"))
                   ->content_refusal(longer)
                   .value_or("")
                   .starts_with("the text takes 2 short messages"));
    BOOST_CHECK((*make(which, "false", "1"))->content_refusal(longer) == std::nullopt);
    // A title can ask for another alphabet.
    auto greek = message_with("Ж", std::string(70, 'A'));
    BOOST_TEST((*make(which, "", "1"))->content_refusal(greek).value_or("").find("UTF-16") !=
               std::string::npos);
    BOOST_TEST((*make(which, ""))->content_refusal(message_with("Backup", "")).value_or("") ==
               "an SMS needs a text");
  }
  const auto limit = message_with("S", std::string(64 * 1024 - 2, 'A'));
  const auto beyond = message_with("SS", limit.text);
  for (const auto which : {channel::rpc, channel::rest}) {
    BOOST_CHECK((*make(which, ""))->content_refusal(limit) == std::nullopt);
    BOOST_TEST((*make(which, ""))
                   ->content_refusal(beyond)
                   .value_or("")
                   .starts_with("the text has 65537 bytes"));
    BOOST_CHECK((*make(which, "false"))->content_refusal(beyond) == std::nullopt);
  }
  const auto twilio = std::move(*make(channel::twilio, "", "255"));
  BOOST_TEST(twilio->content_refusal(message_with("S", std::string(1599, 'A')))
                 .value_or("")
                 .find("1600") != std::string::npos);
  BOOST_CHECK(twilio->content_refusal(message_with("S", std::string(1598, 'A'))) == std::nullopt);
}

BOOST_AUTO_TEST_CASE(a_text_that_may_be_cut_is_cut_to_what_the_channel_takes) {
  std::string greek;
  for (int i = 0; i < 2'000; ++i)
    greek += "Ж";
  for (const auto& text : {std::string(70'000, 'A'), greek, "ok " + greek + "{}"}) {
    auto message = message_with("Backup", text);
    message.shorten = true;
    for (const auto which : channels) {
      const auto one = std::move(*make(which, ""));
      BOOST_CHECK(one->content_refusal(message) == std::nullopt);
      const auto sent = sent_by(which, *one, message);
      BOOST_TEST(sent.starts_with("Backup\n" + text.substr(0, 2)));
      const bool fits = sent == "Backup\n" + text;
      BOOST_TEST((fits || sent.ends_with(" more characters)")));
      // The same driver takes the same text of a message that may not be cut.
      BOOST_CHECK(one->content_refusal(message_with("", sent)) == std::nullopt);
      // Greek fits into Signal's 64 KiB, and never into ten short messages.
      const bool short_messages = which == channel::twilio || which == channel::kannel;
      BOOST_TEST(fits == (!short_messages && text.size() < 10'000U));
    }
  }
  auto empty = message_with("Backup", "");
  empty.shorten = true;
  for (const auto which : {channel::twilio, channel::kannel})
    BOOST_TEST((*make(which, ""))->content_refusal(empty).value_or("") == "an SMS needs a text");
}

BOOST_AUTO_TEST_CASE(one_short_message_is_filled) {
  auto message = message_with("", std::string(500, 'A'));
  message.shorten = true;
  for (const auto which : {channel::twilio, channel::kannel}) {
    const auto sent = sent_by(which, **make(which, "", "1"), message);
    BOOST_TEST(sent.size() == 160U);
    BOOST_TEST(
        sent.ends_with("\n(cut: " + std::to_string(500 - sent.find('\n')) + " more characters)"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
