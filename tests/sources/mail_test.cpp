#include "sources/mail.hpp"

#include "tests/sources/source_fixture.hpp"

#include <fmt/format.h>

namespace postrider::sources {
namespace {

struct mail_fixture : source_fixture {
  mail_fixture() {
    of.name = "mail";
    of.type = source_type::mail;
  }
  boost::system::result<translation, refusal> mail(std::string_view content,
                                                   std::string_view recipient = "nas@example.org") {
    return translate_mail(of, {"nas@example.net", recipient, content, request.now});
  }
  actors::send_request sent(std::string_view content) { return first(must(mail(content))); }
};

BOOST_FIXTURE_TEST_SUITE(mail_source, mail_fixture)

BOOST_AUTO_TEST_CASE(the_subject_is_the_title_and_the_body_the_text) {
  const auto made = sent(
      "From: NAS <nas@example.net>\r\nTo: me@example.org\r\nSubject: "
      "=?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
      "\r\nDisk 2 is\r\nfull.\r\n");
  BOOST_TEST(made.subject == "Grüße");
  BOOST_TEST(made.text == "Disk 2 is\nfull.");
  BOOST_TEST(made.user == 7);
  BOOST_TEST(made.shorten);
}

BOOST_AUTO_TEST_CASE(a_mail_by_http_is_the_same_message) {
  const std::string_view content = "Subject: s\nMessage-ID: <1@x>\n\nbody\n";
  for (const auto* type : {"message/rfc822", "application/x-www-form-urlencoded", ""}) {
    const auto made = must(post(content, type));
    BOOST_TEST(first(made).subject == "s");
    BOOST_TEST(first(made).text == "body");
    BOOST_TEST(!made.event.empty());
  }
  BOOST_TEST(refused(post(content, "multipart/form-data; boundary=x")) == 400);
  BOOST_TEST(refused(post(content, "application/json")) == 400);
  BOOST_TEST(refused(post(" \r\n", "message/rfc822")) == 400);
}

BOOST_AUTO_TEST_CASE(an_event_is_a_message_id_a_text_and_a_recipient) {
  const auto event = [this](std::string_view fields, std::string_view recipient) {
    return must(mail(std::string(fields) + "\n\nx\n", recipient)).event;
  };
  const auto one = event("Message-ID: <1@x>\nReceived: a", "a@example.org");
  BOOST_TEST(!one.empty());
  BOOST_TEST(one == event("Message-ID: <1@x>\nReceived: b", "A@example.org"));
  BOOST_TEST(one != event("Message-ID: <2@x>", "a@example.org"));
  BOOST_TEST(one != event("Message-ID: <1@x>", "b@example.org"));
  // A device with one Message-ID for all its mails.
  BOOST_TEST(one !=
             event("Message-ID: <1@x>\nDate: Mon, 30 Nov 2026 20:00:00 +0000", "a@example.org"));
  // One without a clock.
  BOOST_TEST(one != must(mail("Message-ID: <1@x>\n\ny\n", "a@example.org")).event);
  BOOST_TEST(one != event("Message-ID: <1@x>\nSubject: s", "a@example.org"));
  // A relay may encode the text otherwise (RFC 6152, 3).
  const std::string quoted =
      "Message-ID: <1@x>\nContent-Transfer-Encoding: quoted-printable\n\n=78\n";
  BOOST_TEST(one == must(mail(quoted, "a@example.org")).event);
  BOOST_TEST(event("Subject: s", "a@example.org").empty());
}

BOOST_AUTO_TEST_CASE(the_priority_is_that_of_the_headers) {
  using enum persistence::priority;
  constexpr std::array<std::pair<std::string_view, persistence::priority>, 15> cases{
      {{"Importance: high", high},
       {"Importance: Low", low},
       {"Importance: normal\nX-Priority: 1", normal},
       {"X-Priority: 1 (Highest)", high},
       {"X-Priority: 2", high},
       {"X-Priority: 3 (Normal)", normal},
       {"X-Priority: 4", low},
       {"X-Priority: 5 (Lowest)", low},
       {"X-MSMail-Priority: High", high},
       {"Priority: urgent", high},
       {"Priority: non-urgent", low},
       {"Priority: normal", normal},
       {"X-Priority: soon", normal},
       {"X-Priority: 0", normal},
       {"Subject: urgent", normal}}};
  for (const auto& [field, priority] : cases) {
    const auto content = std::string(field) + "\n\nx\n";
    BOOST_TEST((sent(content).priority == priority), field);
  }
  of.priorities = {{"high", normal}, {"default", low}};
  BOOST_TEST((sent("Importance: high\n\nx\n").priority == normal));
  BOOST_TEST((sent("Subject: s\n\nx\n").priority == low));
}

BOOST_AUTO_TEST_CASE(a_mail_in_a_loop_is_refused) {
  const std::string own = "Subject: s\r\nx-postrider-trace: 1\r\n\r\nx\r\n";
  BOOST_TEST(refused(mail(own)) == loop_status);
  BOOST_TEST(refused(post(own, "message/rfc822")) == loop_status);
  std::string hops;
  for (std::size_t i = 0; i < max_received; ++i)
    hops += fmt::format("Received: from a by b; {}\n", i);
  BOOST_TEST(mail(hops + "Subject: s\n\nx\n").has_value());
  BOOST_TEST(refused(mail("Received: once more\n" + hops + "Subject: s\n\nx\n")) == loop_status);
  // Our own mail, forwarded by a person, and automatic mails of others (RFC 3834).
  BOOST_TEST(mail("Subject: Fwd\nContent-Type: message/rfc822\n\n" + own).has_value());
  BOOST_TEST(mail("Subject: s\n\nX-Postrider-Trace: 1\n").has_value());
  BOOST_TEST(sent("Auto-Submitted: auto-generated\nSubject: s\n\nx\n").text == "x");
}

BOOST_AUTO_TEST_CASE(no_mail_becomes_an_empty_message) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> cases{
      {{"", "(a mail without a text, from nas@example.net)"},
       {"\n", "(a mail without a text, from nas@example.net)"},
       {"From: A <a@example.net>\n\n", "(a mail without a text, from A <a@example.net>)"},
       {"Subject: only this\n\n", "only this"},
       {"Subject: \x01\x02\n\n\x01\x02\x7f\n", "(a mail without a text, from nas@example.net)"},
       {"Subject: =?utf-8?q?=01=C2=80?=\n\n \t \n",
        "(a mail without a text, from nas@example.net)"},
       {"Content-Type: image/jpeg; name=door.jpg\nContent-Transfer-Encoding: base64\n\nAAAA\n",
        "Attachment: door.jpg (image/jpeg, 3 bytes)"}}};
  for (const auto& [content, text] : cases) {
    const auto made = sent(content);
    BOOST_TEST(made.text == text);
    BOOST_TEST(made.subject.empty());
  }
}

BOOST_AUTO_TEST_CASE(templates_see_the_headers) {
  of.title = "{{from}} -> {{recipient}}";
  of.message =
      "{{headers.x-host}}: {{source.text}} [{{date}}|{{message_id}}|{{sender}}]"
      "{{#attachments}}{{name}}{{/attachments}}";
  const auto made =
      sent("From: a@example.net\nX-Host: web1\nDate: now\nMessage-ID: <1@x>\n\nbody\n");
  BOOST_TEST(made.subject == "a@example.net -> nas@example.org");
  BOOST_TEST(made.text == "web1: body [now|<1@x>|nas@example.net]");
  of.message = "{{no_such_header}}";
  const auto fallen = must(mail("Subject: s\n\nbody\n"));
  BOOST_TEST(first(fallen).text.starts_with("body"));
  BOOST_TEST(!fallen.fault.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::sources
