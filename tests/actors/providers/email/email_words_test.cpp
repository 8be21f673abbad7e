#include "actors/providers/reply_words.hpp"
#include "tests/actors/providers/email_verdict.hpp"

/// Words by which servers mean the sender, or seem to mean somebody else. Each table names its
/// witness, and docs/internals/providers-evidence.md says where it is found.
namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(email_words)

/// SendGrid's "SMTP Errors and Troubleshooting", Oracle's "Troubleshooting Email Delivery",
/// SMTP2GO's "Common Sending Errors", Emailit's "SMTP troubleshooting", cPanel's send limits as its
/// forum and hosting companies quote them, Rspamd's ratelimit module, Yandex in a captured bounce
/// (pastebin.com/pEBS5hy4), Sisimai's example of a rate limit.
BOOST_AUTO_TEST_CASE(other_services) {
  const mail_row rows[]{
      {auth, 451, "Authentication failed: Maximum credits exceeded", "throttled, quota"},
      {smtp_command::mail, 550, "Unauthenticated senders not allowed", "misconfigured"},
      {message, 550,
       "The from address does not match a verified Sender Identity. Mail cannot be sent until this "
       "error is resolved.",
       "misconfigured"},
      {rcpt, 452, "Too many recipients received this hour (throttled)", "throttled"},
      // Oracle
      {message, 254, "4.7.1 Suppression for user ocid1.user to bob@c.example", "accepted"},
      {greeting, 421, "Too many connections, try again later", "throttled"},
      {message, 455, "Maximum messages sent per minute reached : limit is 10", "throttled"},
      {message, 455, "Maximum messages sent per day reached : limit is 200", "throttled, quota"},
      {message, 452, "System storage error", "unavailable"},
      // SMTP2GO
      {message, 550, "From header sender domain not verified", "misconfigured"},
      {rcpt, 550, "Relay access denied - please authenticate", "misconfigured, recipient only"},
      // Emailit
      {smtp_command::mail, 452, "4.4.5 Messages per second limit exceeded", "throttled"},
      {smtp_command::mail, 452, "4.5.3 Daily message limit exceeded", "throttled, quota"},
      // cPanel
      {rcpt, 550,
       "Domain b.example has exceeded the max emails per hour (201/200 (100%)) allowed. Message "
       "discarded.",
       "throttled, quota"},
      {rcpt, 550,
       "Domain b.example has exceeded the max defers and failures per hour (5/5 (100%)) allowed.",
       "throttled, quota"},
      {message, 451,
       "4.5.1 The recipient <bob@c.example> has exceeded their message rate limit. Try again "
       "later.",
       "throttled, recipient only"},
      {smtp_command::mail, 452, "4.3.2 Connection rate limit exceeded.", "throttled"},
      // Rspamd
      {message, 451, "4.7.1 Ratelimit \"user\" exceeded", "throttled"},
  };
  check_mail(rows);
}

/// Policy services of Postfix, whose words smtpd_check.c puts behind the recipient's address:
/// go-gomail/gomail#174, bbottema/simple-java-mail#348, thunderbird/mailstrom#197,
/// docker-mailserver/docker-mailserver#1478, anonaddy/anonaddy#749, Dovecot's quota-status,
/// pypolicyd-spf. Postfix's own reject_unverified_recipient passes on another server's words.
BOOST_AUTO_TEST_CASE(policy_services_of_postfix) {
  const mail_row rows[]{
      {rcpt, 554, "5.7.1 <b@c.example>: Recipient address rejected: Email Sending Quota Exceeded",
       "throttled, quota"},
      {rcpt, 450,
       "4.7.1 <b@c.example>: Recipient address rejected: Policy Rejection- Quota Exceeded.",
       "throttled, quota"},
      {rcpt, 554,
       "5.7.1 <b@c.example>: Recipient address rejected: Policy Rejection- Quota Exceeded",
       "throttled, quota"},
      {rcpt, 554,
       "5.7.1 <b@c.example>: Recipient address rejected: Policy Rejection- This ip has been "
       "blacklisted",
       "misconfigured"},
      {rcpt, 554,
       "5.7.1 <b@c.example>: Recipient address rejected: Mail from <192.0.2.1> was refused due to "
       "the sender IP found in ERS-DUL.",
       "misconfigured"},
      {rcpt, 550,
       "5.7.23 <b@c.example>: Recipient address rejected: Message rejected due to: SPF fail - not "
       "authorized.",
       "misconfigured"},
      {rcpt, 450, "4.7.1 <b@c.example>: Recipient address rejected: Rate limit exceeded",
       "throttled"},
      {rcpt, 552, "5.2.2 <b@c.example>: Recipient address rejected: User over quota",
       "recipient_rejected"},
      {rcpt, 554,
       "5.2.2 <b@c.example>: Recipient address rejected: Quota exceeded (mailbox for user is full)",
       "recipient_rejected"},
      {rcpt, 552, "<b@c.example>: Recipient address rejected: Quota exceeded",
       "recipient_rejected"},
      {rcpt, 554, "5.7.1 <b@c.example>: Recipient address rejected: mailbox quota exceeded",
       "recipient_rejected"},
      {rcpt, 450,
       "4.2.0 <b@c.example>: Recipient address rejected: Greylisted, see "
       "http://postgrey.schweikert.ch/help/c.example.html",
       "unavailable, recipient only"},
      {rcpt, 451, "4.3.5 <b@c.example>: Recipient address rejected: Server configuration problem",
       "unavailable, recipient only"},
      {rcpt, 450,
       "4.1.1 <b@c.example>: Recipient address rejected: unverified address: host "
       "mx.c.example[192.0.2.9] said: 450 4.7.1 Client host rejected: cannot find your hostname",
       "unavailable, recipient only"},
      {rcpt, 550,
       "5.1.1 <b@c.example>: Recipient address rejected: undeliverable address: host "
       "mx.c.example[192.0.2.9] said: 550 Daily sending quota exceeded",
       "recipient_rejected"},
      // Without the prefix.
      {message, 554, "5.7.1 Quota exceeded", "throttled, quota"},
      {rcpt, 452, "4.2.2 Quota exceeded", "unavailable, recipient only"},
      {rcpt, 550, "User's disk quota exceeded", "recipient_rejected"},
  };
  check_mail(rows);
}

/// Blocklists and reputation as ZoneMTA's rules quote them (zone-eu/zone-mta v3.9.6,
/// config/bounces.txt) and Sisimai knows them (sisimai/rb-sisimai v5.1.0p3, lib/sisimai/reason:
/// blocked.rb, badreputation.rb, toomanyconn.rb, speeding.rb, requireptr.rb).
BOOST_AUTO_TEST_CASE(blocklists) {
  const mail_row rows[]{
      {rcpt, 550,
       "\"JunkMail rejected - host [192.0.2.1]:41784 is in an RBL, see "
       "http://www.spamhaus.org/query/bl?ip=192.0.2.1\"",
       "misconfigured"},
      {rcpt, 550,
       "\"JunkMail rejected - host [192.0.2.1]:24706 is in an RBL: Blocked - see "
       "https://www.spamcop.net/bl.shtml?192.0.2.1\"",
       "misconfigured"},
      {rcpt, 550, "5.7.1 <b@c.example>... 192.0.2.1 listed at zen.spamhaus.org", "misconfigured"},
      {rcpt, 554, "5.7.1 Rejected: 192.0.2.1 is listed at zen.spamhaus.org", "misconfigured"},
      {rcpt, 554, "Refused. Your IP address is listed in the RBL at xbl.example", "misconfigured"},
      {rcpt, 554,
       "5.7.1 <b@c.example>: Recipient address rejected: "
       "https://www.spamhaus.org/query/ip/192.0.2.1",
       "misconfigured"},
      {rcpt, 550, "5.2.1 Mailbox unavailable. Your IP address 192.0.2.1 is blacklisted using BL.",
       "misconfigured"},
      {rcpt, 550, "5.7.1 Blacklisted by bl.example. To avoid this problem see", "misconfigured"},
      {rcpt, 550, "5.7.1 Blacklisted by recipient", "recipient_rejected"},
      {rcpt, 554, "192.0.2.1 found on one or more DNSBLs, see", "misconfigured"},
      {rcpt, 554, "Service not available No SMTP service IP address is black listed",
       "misconfigured"},
      {rcpt, 550, "rejected by the bl.example RBL.", "misconfigured"},
      {rcpt, 550, "Message from 192.0.2.1 rejected based on blacklist", "misconfigured"},
      {rcpt, 550, "Bad sender IP address", "misconfigured"},
      {rcpt, 554, "5.7.1 You are not allowed to connect.", "misconfigured"},
      {rcpt, 550, "5.7.1 You are sending spam (check", "misconfigured"},
      {rcpt, 454, "4.7.1 Currently Sending Spam See: http://www.sorbs.net/lookup.shtml?192.0.2.1",
       "unavailable"},
      {rcpt, 550, "We do not accept mail from dynamic IPs", "misconfigured"},
      {message, 554, "Blocked - see https://ipcheck.example", "misconfigured"},
      {message, 554, "5.7.1 Your access to submit messages to this e-mail system has been rejected",
       "misconfigured"},
      {message, 550, "5.7.1 likely suspicious due to the very low reputation of the sending domain",
       "misconfigured"},
      {message, 554, "IP=192.0.2.1 - None/bad reputation.", "misconfigured"},
      {message, 550, "5.7.1 rejected due to the sending MTA's poor reputation.", "misconfigured"},
      {rcpt, 550, "Fix reverse DNS for 192.0.2.1", "misconfigured"},
      {rcpt, 550, "5.7.1 bad DNS PTR resource record", "misconfigured"},
      {rcpt, 550, "your host [192.0.2.1] is blacklisted by bl.example.", "misconfigured"},
      {rcpt, 550, "IP 192.0.2.1 is blacklisted by bl.example", "misconfigured"},
      {message, 550, "The domain b.example is blacklisted", "misconfigured"},
      // A recipient's address may be on a list of its own server's.
      {rcpt, 550, "5.7.1 <b@c.example> is blacklisted", "recipient_rejected"},
      // Links in the message.
      {message, 550, "5.7.1 Message contains a URL listed in dbl.spamhaus.org", "message_rejected"},
      {message, 554, "5.7.1 blacklisted by multi.surbl.org", "message_rejected"},
      // Rates.
      {smtp_command::mail, 421,
       "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or "
       "user complaints",
       "throttled"},
      {message, 451, "All available IPs are at maximum connection limit", "throttled"},
      {message, 451, "Too many errors from your ip (192.0.2.1)", "throttled"},
      {greeting, 421, "Too many SMTP sessions for this host", "throttled"},
      {greeting, 421, "mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration.",
       "throttled"},
      {rcpt, 450, "4.7.1 please try again slower", "throttled"},
      // No list.
      {rcpt, 550, "no such user, see http://c.example/verbluff", "recipient_rejected"},
      {message, 550, "5.7.1 spam", "message_rejected"},
  };
  check_mail(rows);
}

/// Plesk's knowledge base ("What will happen to emails that are sent once the outgoing limit is
/// reached?"); Zoho: cachethq/cachet#3052, where a person has to end the block.
BOOST_AUTO_TEST_CASE(limits_of_hosts) {
  const mail_row rows[]{
      {message, 550,
       "5.7.0 Your message could not be sent. The limit on the number of allowed outgoing messages "
       "was exceeded. Try again later.",
       "throttled, quota"},
      {message, 554,
       "5.7.0 Your message could not be sent. The limit on the number of allowed outgoing messages "
       "was exceeded. Try again later.",
       "throttled, quota"},
      {message, 550,
       "5.4.6 Unusual sending activity detected. <a href=https://www.zoho.com/mail/help/>Learn "
       "more.</a> To unblock Click here.",
       "misconfigured"},
  };
  check_mail(rows);
}

/// Greylisting knows the recipient, so it is that one's at any command after RCPT: ZoneMTA's rules
/// (config/bounces.txt), Sisimai (reason/spamdetected.rb), Rspamd 011de52
/// (src/plugins/lua/greylist.lua, whose message is "Try again later" at the end of the data).
BOOST_AUTO_TEST_CASE(greylisting) {
  const mail_row rows[]{
      {rcpt, 450, "4.7.1 Greylisted, see http://postgrey.example", "unavailable, recipient only"},
      {data, 451, "4.7.1 Greylisting in action, please come back later",
       "unavailable, recipient only"},
      {message, 451, "4.7.1 Greylisted, please try again later", "unavailable, recipient only"},
      {message, 451, "4.7.1 Try again later", "unavailable, recipient only"},
      {rcpt, 421,
       "4.7.1 Service unavailable; Client host [192.0.2.1] blocked using grey.example - "
       "Greylisting "
       "in action, please try again later",
       "unavailable, recipient only"},
      // Before there is a recipient.
      {smtp_command::mail, 451, "4.7.1 Greylisted, please try again later", "unavailable"},
      // Other words of the same meaning are the server's state.
      {message, 451, "4.7.1 Try again later, closing", "unavailable"},
      {message, 451, "4.3.0 Try again later", "unavailable"},
  };
  check_mail(rows);
}

/// An address is not the server's own words, whatever it sounds like.
BOOST_AUTO_TEST_CASE(an_address_that_a_server_repeats_tells_nothing) {
  const struct {
    const char* recipient;
    const char* text;
  } rows[]{{"daily-limit@c.example", "<daily-limit@c.example>: no such user"},
           {"daily-limit@c.example", "daily-limit@c.example unknown"},
           {"daily-limit@c.example", "(daily-limit@c.example): unknown"},
           {"Daily.Limit@c.example", "no mailbox here by the name daily.limit"},
           {"client host", "<client host>: who?"},
           {"spf@c.example", "spf... User unknown"}};
  for (const auto& [recipient, text] : rows)
    BOOST_TEST(verdict_of({rcpt, 550, text, {}}, recipient) == "recipient_rejected", text);
  // Postfix, Exim and Sendmail write it so.
  BOOST_TEST(own_words("Daily... User unknown; (daily) 'daily' \"daily\" [daily] `daily'",
                       "daily@c.example") == "... user unknown; () '' \"\" [] `'");
  BOOST_TEST(own_words("5.7.1 <A@B.example>: Relay access denied", "a@b.example") ==
             "5.7.1 <>: relay access denied");
  BOOST_TEST(own_words("Ann@x said: (bob@y), annual <un", "ann@c.example") ==
             " said: (), annual <un");
  BOOST_TEST(own_words("a1 a1b ba1 a1", "a1@c.example") == " a1b ba1 ");
  BOOST_TEST(own_words("", "") == "");
  BOOST_TEST(own_words("@", "@") == "");
}

/// Google, Postfix, Amazon: the tables of email_witness_test.cpp. What a recipient is called
/// changes nothing.
BOOST_AUTO_TEST_CASE(a_servers_own_words_stay_when_the_recipient_is_called_so) {
  const struct {
    const char* recipient;
    mail_row said;
  } rows[]{
      {"mail@c.example", {message, 550, "5.7.0 Mail Sending denied.", "misconfigured"}},
      {"host@c.example",
       {rcpt, 554, "5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied",
        "misconfigured"}},
      {"sender@c.example",
       {rcpt, 553, "5.7.1 <a@b.example>: Sender address rejected: not owned by user ann",
        "misconfigured"}},
      {"daily@c.example",
       {message, 454, "Throttling failure: Daily message quota exceeded.", "throttled, quota"}},
      {"limit@c.example",
       {message, 550, "5.7.1 Daily user sending limit exceeded.", "throttled, quota"}}};
  for (const auto& [recipient, said] : rows)
    check_mail({&said, 1}, recipient);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
