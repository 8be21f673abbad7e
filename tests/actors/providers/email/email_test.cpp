#include "actors/providers/email/email.hpp"

#include "tests/support/test_rsa_key.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 5322 and RFC 6376; Postfix and aiosmtpd take our messages in tests/peers/mail.py,
/// where Python's parser and dkimpy read them.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

provider_settings good_settings() {
  provider_settings settings;
  settings.name = "email-main";
  settings.type = "email";
  settings.max_in_flight = 7;
  settings.connect_timeout = 3s;
  settings.timeout = 120s;
  settings.keys = {{"url", "smtp://mail.example.org:587"},
                   {"from", "Post Rider <rider@Example.org>"},
                   {"username", "rider"},
                   {"password", "sesame"}};
  return settings;
}

using keys = std::map<std::string, std::string>;

/// The good settings with these keys; an empty value takes a key away.
provider_settings with(const keys& changed) {
  auto settings = good_settings();
  for (const auto& [name, value] : changed) {
    settings.keys[name] = value;
    if (value.empty()) settings.keys.erase(name);
  }
  return settings;
}

std::unique_ptr<driver> made(const keys& changed = {}) {
  auto result = email_driver_type().make(with(changed));
  if (result.has_error()) BOOST_FAIL(result.error());
  return std::move(*result);
}

std::string refusal(const keys& changed) {
  const auto result = email_driver_type().make(with(changed));
  return result.has_error() ? result.error() : "";
}

persistence::message hello() {
  persistence::message message;
  message.text = "hello";
  message.created_at = persistence::time_point(1'763'869'200s);
  return message;
}

transfer_request composed(const driver& by, const persistence::message& message) {
  return by.compose({"ann@example.com", &message, "7f3c/0"});
}

BOOST_AUTO_TEST_SUITE(email)

// ---- requests ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(all_that_is_wrong_with_a_mail_provider_is_said_at_once) {
  const auto said = refusal({{"url", "http://x"},
                             {"from", "nobody"},
                             {"starttls", "maybe"},
                             {"mechanism", "MAGIC"},
                             {"helo", "a b"},
                             {"dkim.domain", "example.org"},
                             {"max_bytes", "1"}});
  for (const auto* key : {"url: ", "\nfrom: ", "\nstarttls: ", "\nmechanism: ", "\nhelo: ",
                          "\ndkim.domain: ", "\nmax_bytes: "})
    BOOST_TEST(said.find(key) != std::string::npos, said);
  // Good as an address of somebody, and no name of a host.
  BOOST_TEST(refusal({{"helo", "<y@example.org>"}}).find("helo: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_delivery_becomes_one_message_for_one_recipient) {
  const auto request = composed(
      *made({{"helo", "client.example.org"}, {"mechanism", "plain"}, {"ca_file", "/etc/ca.pem"}}),
      hello());
  BOOST_TEST(request.url == "smtp://mail.example.org:587");
  BOOST_TEST(request.group == "email-main");
  BOOST_TEST(request.max_connections == 7);
  BOOST_CHECK(request.connect_timeout == 3s);
  BOOST_CHECK(request.timeout == 120s);
  BOOST_TEST(request.ca_file == "/etc/ca.pem");
  BOOST_TEST_REQUIRE(request.mail.has_value());
  BOOST_TEST(request.mail->from == "rider@example.org");
  BOOST_TEST(request.mail->to == "ann@example.com");
  BOOST_TEST(request.mail->helo == "client.example.org");
  BOOST_TEST(request.mail->username == "rider");
  BOOST_TEST(request.mail->password == "sesame");
  BOOST_TEST(request.mail->mechanism == "PLAIN");
  BOOST_CHECK(request.mail->starttls == starttls_policy::required);
  BOOST_TEST(request.body ==
             "From: Post Rider <rider@example.org>\r\n"
             "To: ann@example.com\r\n"
             "Subject: hello\r\n"
             "Date: Sun, 23 Nov 2025 03:40:00 +0000\r\n"
             "Message-ID: <7f3c.0@example.org>\r\n"
             "X-Postrider-Trace: 7f3c.0\r\n"
             "Auto-Submitted: auto-generated\r\n"
             "MIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "\r\n"
             "hello\r\n");
}

BOOST_AUTO_TEST_CASE(every_attempt_of_a_delivery_sends_the_same_bytes) {
  static const auto key = tests::make_rsa_key();
  const auto by =
      made({{"dkim.domain", "example.org"}, {"dkim.selector", "postrider"}, {"dkim.key", key.pem}});
  auto message = hello();
  message.subject = "a subject";
  message.html = "<p>hello";
  const auto first = by->compose({"ann@example.com", &message, "7f3c/0", "", message.created_at});
  const auto later =
      by->compose({"ann@example.com", &message, "7f3c/0", "", message.created_at + 1h});
  BOOST_TEST(first.body == later.body);
  BOOST_TEST(first.body.starts_with("DKIM-Signature: v=1;"));
  BOOST_TEST(first.body.find("Subject: a subject\r\n") != std::string::npos);
  BOOST_TEST(first.body.find("multipart/alternative") != std::string::npos);
}

/// RFC 5322 (3.6.1): the date is when the message is ready to be sent. Of one that waits for its
/// send_at that is later than its post.
BOOST_AUTO_TEST_CASE(a_message_is_dated_by_the_first_attempt_that_was_due) {
  static const auto key = tests::make_rsa_key();
  const auto by =
      made({{"dkim.domain", "example.org"}, {"dkim.selector", "postrider"}, {"dkim.key", key.pem}});
  const auto message = hello();
  delivery_content content{"ann@example.com", &message, "7f3c/0"};
  content.now = message.created_at + 24h * 20;
  content.first_due = message.created_at + 24h * 14;
  const auto first = by->compose(content);
  BOOST_TEST(first.body.find("\r\nDate: Sun, 07 Dec 2025 03:40:00 +0000\r\n") != std::string::npos);
  BOOST_TEST(first.body.find("t=1765078800;") != std::string::npos);
  content.now += 24h;
  content.retry_count = 1;
  BOOST_TEST(by->compose(content).body == first.body);
}

BOOST_AUTO_TEST_CASE(a_message_that_cannot_be_built_is_never_sent_in_part) {
  auto message = hello();
  message.subject = "a\r\nBcc: evil@example.net";
  BOOST_TEST(composed(*made(), message).body == "");
  BOOST_TEST(made()->content_refusal(message).value() == "the subject has control characters");
}

BOOST_AUTO_TEST_CASE(email_reaches_email_addresses_only) {
  const auto by = made();
  BOOST_CHECK(by->address_for({"+15551234567", "bob@example.com", "https://x/"}) ==
              "bob@example.com");
  BOOST_CHECK(by->address_for({"+15551234567", "", "https://x/"}) == std::nullopt);
  BOOST_CHECK(by->address_for({"", "gr\xc3\xbc@example.com", ""}) == std::nullopt);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_longer_than_the_server_takes_is_refused) {
  const auto by = made({{"max_bytes", "65536"}});
  auto message = hello();
  BOOST_CHECK(by->content_refusal(message) == std::nullopt);
  message.text = std::string(50'000, 'x');
  BOOST_CHECK(by->content_refusal(message) == std::nullopt);
  message.html = std::string(20'000, 'x');
  BOOST_TEST(by->content_refusal(message).has_value());
  message.shorten = true;
  BOOST_TEST(by->content_refusal(message).has_value());
  message.shorten = false;
  message.html.clear();
  // Three bytes for each.
  message.text = std::string(20'000, '=');
  BOOST_TEST(by->content_refusal(message).has_value());
  // A text that may be cut fills what is left.
  message.shorten = true;
  BOOST_CHECK(by->content_refusal(message) == std::nullopt);
  const auto cut = composed(*by, message).body;
  BOOST_TEST(cut.size() < 65'536U);
  BOOST_TEST(cut.size() > 50'000U);
  BOOST_TEST(cut.find(" more characters)") != cut.npos);
  message.shorten = false;
  BOOST_CHECK(made()->content_refusal(message) == std::nullopt);
  message.text = std::string(persistence::max_text_bytes, '=');
  message.html = std::string(persistence::max_html_bytes, '=');
  BOOST_CHECK(made()->content_refusal(message) == std::nullopt);
  BOOST_TEST(composed(*made(), message).body.size() < 10'000'000U);
}

BOOST_AUTO_TEST_CASE(replies_are_classified_by_their_command) {
  transfer_result result;
  result.stage = transfer_stage::reply_complete;
  result.status = 250;
  result.replies = {{smtp_command::message, 250, "2.0.0 Ok: queued as 4W7abc"}};
  const auto message = hello();
  const auto done = made()->classify({"ann@example.com", &message, "7f3c/0"}, result);
  BOOST_TEST(to_string(done.kind) == "accepted");
  BOOST_TEST(done.provider_ref == "Ok: queued as 4W7abc");
}

// ---- keys --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(good_keys_become_a_driver) {
  const keys rows[]{
      {{"url", "smtps://mail.example.org"}},
      {{"url", "smtp://[::1]:2525"}},
      {{"url", "smtp://mail.example.org:587/"}},
      {{"url", "smtps://mail.example.org"}, {"starttls", "never"}},
      {{"url", "smtp://127.0.0.1"}, {"starttls", "never"}},
      {{"url", "smtp://localhost:25"}, {"starttls", "optional"}},
      {{"starttls", "never"}, {"username", ""}, {"password", ""}},
      {{"starttls", "required"}},
      {{"mechanism", "XOAUTH2"}},
      {{"mechanism", "login"}},
      {{"helo", "[192.0.2.1]"}},
      {{"helo", "[IPv6:2001:db8::1]"}},
      {{"from", "rider@example.org"}},
      {{"from", "\"Rider, Inc.\" <rider@example.org>"}},
      {{"from", "Gr\xc3\xbc\xc3\x9f <rider@example.org>"}},
  };
  for (const auto& row : rows)
    BOOST_TEST(refusal(row) == "");
}

BOOST_AUTO_TEST_CASE(the_url_is_written_without_a_path) {
  BOOST_TEST(composed(*made({{"url", "smtp://Mail.example.org:587/"}}), hello()).url ==
             "smtp://mail.example.org:587");
  BOOST_TEST(composed(*made({{"url", "smtps://mail.example.org"}}), hello()).url ==
             "smtps://mail.example.org");
}

BOOST_AUTO_TEST_CASE(the_sender_may_have_a_name) {
  const auto from = [](const char* text) {
    const auto body = composed(*made({{"from", text}}), hello()).body;
    return body.substr(0, body.find("\r\n"));
  };
  BOOST_TEST(from("a@example.org") == "From: a@example.org");
  BOOST_TEST(from("  <a@example.org>") == "From: a@example.org");
  BOOST_TEST(from("\"Rider, Inc.\" <a@example.org>") == "From: \"Rider, Inc.\" <a@example.org>");
}

BOOST_AUTO_TEST_CASE(wrong_keys_are_refused_with_the_name_of_the_key) {
  const std::pair<const char*, keys> rows[]{
      {"url", {{"url", ""}}},
      {"url", {{"url", "http://mail.example.org"}}},
      {"url", {{"url", "mail.example.org"}}},
      {"url", {{"url", "smtp://"}}},
      {"url", {{"url", "smtp://rider:sesame@mail.example.org"}}},
      {"url", {{"url", "smtp://mail.example.org/path"}}},
      {"url", {{"url", "smtp://mail.example.org?x"}}},
      {"url", {{"url", "smtp://mail.example.org:0"}}},
      {"url", {{"url", "smtp://mail example.org"}}},
      {"url", {{"url", "smtp://mail.example.org\r\nQUIT"}}},
      {"from", {{"from", ""}}},
      {"from", {{"from", "rider"}}},
      {"from", {{"from", "Rider <rider>"}}},
      {"from", {{"from", "Rider\r\nBcc: x@y <rider@example.org>"}}},
      {"from", {{"from", "Rider <rider@example.org> x"}}},
      {"from", {{"from", "gr\xc3\xbc@example.org"}}},
      {"username", {{"username", ""}}},
      {"username", {{"password", ""}}},
      {"username", {{"username", "ri der"}}},
      {"username", {{"username", "rider\n"}}},
      {"mechanism", {{"mechanism", "CRAM-MD5"}}},
      {"mechanism", {{"mechanism", "PLAIN"}, {"username", ""}, {"password", ""}}},
      {"starttls", {{"starttls", "never"}}},
      {"starttls", {{"starttls", "optional"}}},
      {"starttls", {{"starttls", "yes"}}},
      {"helo", {{"helo", "a b"}}},
      {"helo", {{"helo", "a/b"}}},
      {"helo", {{"helo", "[a\r\n]"}}},
      {"max_bytes", {{"max_bytes", "1000"}}},
      {"max_bytes", {{"max_bytes", "-1"}}},
      {"dkim.domain", {{"dkim.domain", "example.org"}}},
      {"dkim.domain", {{"dkim.key", "x"}}},
      {"dkim.domain", {{"dkim.domain", "a b"}, {"dkim.selector", "s"}, {"dkim.key", "x"}}},
      {"dkim.selector", {{"dkim.domain", "a.org"}, {"dkim.selector", "s;t=y"}, {"dkim.key", "x"}}},
      {"dkim.key_file", {{"dkim.domain", "a.org"}, {"dkim.selector", "s"}, {"dkim.key", "x"}}},
  };
  for (const auto& [key, changed] : rows) {
    BOOST_TEST_CONTEXT(changed.begin()->first << " = " << changed.begin()->second) {
      const auto why = refusal(changed);
      BOOST_TEST(why.starts_with(std::string(key) + ": "), why);
      BOOST_TEST(why.find("sesame") == why.npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(its_type_is_registered_with_its_defaults) {
  const auto* type = find_driver_type("email");
  BOOST_TEST_REQUIRE(type);
  BOOST_CHECK(type->default_timeout == 120s);
  BOOST_TEST(type->default_max_in_flight == 0);
  std::string required;
  for (const auto& key : type->keys)
    if (key.required) required.append(key.name).append(" ");
  BOOST_TEST(required == "url from ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
