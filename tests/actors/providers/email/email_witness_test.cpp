#include "tests/actors/providers/email_verdict.hpp"

/// Answers of released servers. No row is of our own making: each table names its witness,
/// and docs/internals/providers-evidence.md says where it is found.
namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(email_witnesses)

/// Postfix 3.7.11: smtpd.c, smtpd_check.c, smtpd_sasl_glue.c, cleanup_strerror.c, postscreen.
/// smtpd_delay_reject has the client, its HELO and the sender refused at RCPT TO.
BOOST_AUTO_TEST_CASE(postfix) {
  const mail_row rows[]{
      {greeting, 421, "4.7.0 mx.example.net Error: too many connections from 192.0.2.1",
       "throttled"},
      {greeting, 554, "mx.example.net ESMTP not accepting connections", "misconfigured"},
      {starttls, 454, "4.7.0 TLS not available due to local problem", "unavailable"},
      {starttls, 454, "4.7.0 Error: too many new TLS sessions from 192.0.2.1", "throttled"},
      {auth, 450, "4.7.1 Error: too many AUTH commands from 192.0.2.1", "throttled"},
      {auth, 454, "4.7.0 Temporary authentication failure: generic failure", "unavailable"},
      {auth, 535, "5.7.8 Error: authentication failed: authentication failure", "misconfigured"},
      {smtp_command::mail, 530, "5.7.0 Must issue a STARTTLS command first", "misconfigured"},
      {smtp_command::mail, 450, "4.7.1 Error: too much mail from 192.0.2.1", "throttled"},
      {smtp_command::mail, 452, "4.3.1 Insufficient system storage", "unavailable"},
      {smtp_command::mail, 501, "5.1.7 Bad sender address syntax", "misconfigured"},
      {smtp_command::mail, 552, "5.3.4 Message size exceeds fixed limit", "message_rejected"},
      {rcpt, 450, "4.7.1 Error: too many recipients from 192.0.2.1", "throttled"},
      {rcpt, 452, "4.5.3 Error: too many recipients", "unavailable, recipient only"},
      {rcpt, 450, "4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]",
       "unavailable"},
      {rcpt, 450, "4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]",
       "unavailable"},
      {rcpt, 554, "5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied",
       "misconfigured"},
      {rcpt, 554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example",
       "misconfigured"},
      {rcpt, 550, "5.7.1 Service unavailable; client [192.0.2.1] blocked using bl.example",
       "misconfigured"},
      {rcpt, 554,
       "5.7.1 Service unavailable; Sender address [a@b.example] blocked using bl.example",
       "misconfigured"},
      {rcpt, 554,
       "5.7.1 Service unavailable; Recipient address [a@b.example] blocked using bl.example",
       "recipient_rejected"},
      {rcpt, 450, "4.3.2 Service currently unavailable", "unavailable"},
      {rcpt, 550, "5.3.2 Service currently unavailable", "misconfigured"},
      {rcpt, 504, "5.5.2 <me>: Helo command rejected: need fully-qualified hostname",
       "misconfigured"},
      {rcpt, 450, "4.7.1 <me.example>: Helo command rejected: Host not found", "unavailable"},
      {rcpt, 550, "5.7.1 <me.example>: Helo command rejected: Host not found", "misconfigured"},
      {rcpt, 450, "4.1.8 <a@b.example>: Sender address rejected: Domain not found", "unavailable"},
      {rcpt, 554, "5.7.1 <a@b.example>: Sender address rejected: Access denied", "misconfigured"},
      {rcpt, 553, "5.7.1 <a@b.example>: Sender address rejected: not owned by user ann",
       "misconfigured"},
      {rcpt, 553, "5.7.1 <a@b.example>: Sender address rejected: not logged in", "misconfigured"},
      {rcpt, 450, "4.1.2 <bob@c.example>: Recipient address rejected: Domain not found",
       "unavailable, recipient only"},
      {rcpt, 450, "4.1.1 <bob@c.example>: Recipient address rejected: unverified address: later",
       "unavailable, recipient only"},
      {rcpt, 504, "5.5.2 <bob@localhost>: Recipient address rejected: need fully-qualified address",
       "recipient_rejected"},
      {rcpt, 550,
       "5.1.1 <bob@c.example>: Recipient address rejected: User unknown in local recipient table",
       "recipient_rejected"},
      {rcpt, 554, "5.7.1 <bob@c.example>: Recipient address rejected: Access denied",
       "recipient_rejected"},
      {rcpt, 454, "4.7.1 <bob@c.example>: Relay access denied", "unavailable, recipient only"},
      {rcpt, 554, "5.7.1 <bob@c.example>: Relay access denied", "misconfigured, recipient only"},
      {rcpt, 451, "4.3.0 <bob@c.example>: Temporary lookup failure", "unavailable"},
      {rcpt, 451, "4.3.5 Server configuration error", "unavailable"},
      {data, 554, "5.5.1 Error: no valid recipients", "recipient_rejected"},
      {message, 250, "2.0.0 Ok: queued as 4W7abc", "accepted"},
      {message, 451, "4.3.0 Error: queue file write error", "unavailable"},
      {message, 550, "5.7.1 Error: message content rejected", "message_rejected"},
      {message, 552, "5.3.4 Error: message file too big", "message_rejected"},
      {message, 554, "5.4.0 Error: too many hops", "message_rejected"},
  };
  check_mail(rows);
}

/// Exim 4.99.1: smtp_in.c, acl.c, configure.default. Without enhanced codes.
BOOST_AUTO_TEST_CASE(exim) {
  const mail_row rows[]{
      {greeting, 421, "mx: Too many concurrent SMTP connections; please try again later",
       "throttled"},
      {greeting, 421, "mx: Too much load; please try again later", "unavailable"},
      {greeting, 554, "SMTP service not available", "misconfigured"},
      {auth, 435, "Unable to authenticate at present", "unavailable"},
      {auth, 535, "Incorrect authentication data", "misconfigured"},
      {starttls, 454, "TLS currently unavailable", "unavailable"},
      {smtp_command::mail, 421, "too many messages in this connection", "throttled"},
      {smtp_command::mail, 452, "Space shortage, please try later", "unavailable"},
      {smtp_command::mail, 552, "Message size exceeds maximum permitted", "message_rejected"},
      {rcpt, 501, "bob: recipient address must contain a domain", "recipient_rejected"},
      {rcpt, 550, "Unknown user", "recipient_rejected"},
      {rcpt, 550, "Unrouteable address", "recipient_rejected"},
      {rcpt, 550, "relay not permitted", "misconfigured, recipient only"},
      {rcpt, 550, "Verification failed for <a@b.example> Unrouteable address Sender verify failed",
       "misconfigured"},
      {rcpt, 451, "Could not complete sender verify", "unavailable"},
      {rcpt, 550, "rejected because 192.0.2.1 is in a black list at bl.example", "misconfigured"},
      {message, 250, "OK id=1rABCD-000001-23", "accepted"},
      {message, 550, "maximum allowed line length is 998 octets, got 1200", "message_rejected"},
      {message, 550, "This message contains a virus (Eicar).", "message_rejected"},
  };
  check_mail(rows);
}

/// OpenSMTPD 7.8.0p1 (smtp_session.c), Haraka 3.1.6 (connection.js), Stalwart 0.11 (issue 1384).
BOOST_AUTO_TEST_CASE(other_servers) {
  const mail_row rows[]{
      {greeting, 421, "4.3.0 Temporary failure", "unavailable"},
      {smtp_command::mail, 452, "4.5.3 Too many recipients: Too many messages sent", "unavailable"},
      {smtp_command::mail, 530, "5.5.1 Invalid command: Must issue an AUTH command first",
       "misconfigured"},
      {rcpt, 451, "4.5.3 Too many recipients: Too many recipients", "unavailable, recipient only"},
      {rcpt, 501, "5.1.3 Recipient address syntax error", "recipient_rejected"},
      {auth, 535, "Authentication failed", "misconfigured"},
      // Haraka
      {greeting, 554, "Your mail is not welcome here", "misconfigured"},
      {greeting, 421, "Come back later", "unavailable"},
      {smtp_command::mail, 550, "Authentication required", "misconfigured"},
      {smtp_command::mail, 550, "Message too big!", "message_rejected"},
      {rcpt, 501, "Invalid RCPT TO address", "recipient_rejected"},
      {rcpt, 550, "I cannot deliver mail for <bob@c.example>", "recipient_rejected"},
      {data, 554, "No valid recipients", "recipient_rejected"},
      {message, 550, "Message too big!", "message_rejected"},
      {message, 450, "Message denied temporarily", "unavailable"},
      {message, 550, "Message denied", "message_rejected"},
      // Stalwart
      {data, 452, "4.4.5 Maximum number of messages per session exceeded.", "unavailable"},
  };
  check_mail(rows);
}

/// support.google.com/a/answer/3726730
BOOST_AUTO_TEST_CASE(google) {
  const mail_row rows[]{
      {greeting, 421, "4.7.0 Try again later, closing connection.", "unavailable"},
      {smtp_command::mail, 421, "4.3.0 Temporary System Problem. Try again later", "unavailable"},
      {smtp_command::mail, 421, "4.4.5 Server busy, try again later.", "unavailable"},
      {smtp_command::mail, 421, "4.7.0 IP not in whitelist for RCPT domain, closing connection.",
       "unavailable"},
      {message, 421,
       "4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP "
       "address.",
       "throttled"},
      {message, 421, "4.7.28 Gmail has detected an unusual rate of mail", "throttled"},
      {message, 421, "4.7.26 This mail has been rate limited because it is unauthenticated.",
       "unavailable"},
      {message, 421, "4.7.30 Your email has been rate limited because DKIM didn't pass.",
       "unavailable"},
      {rcpt, 450, "4.2.1 The user you are trying to contact is receiving mail too quickly.",
       "throttled, recipient only"},
      {rcpt, 450,
       "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents "
       "additional messages from being delivered.",
       "throttled, recipient only"},
      {rcpt, 550,
       "5.2.1 The user you are trying to contact is receiving mail at a rate that prevents "
       "additional messages from being delivered.",
       "throttled, recipient only"},
      {smtp_command::mail, 450, "4.2.1 Peak SMTP relay limit exceeded for customer.", "throttled"},
      {message, 451, "4.3.0 Mail server temporarily rejected message.", "unavailable"},
      {rcpt, 452, "4.2.2 The email account that you tried to reach is over quota.",
       "unavailable, recipient only"},
      {rcpt, 452, "4.5.3 Your message has too many recipients.", "unavailable, recipient only"},
      {auth, 454, "4.7.0 Cannot authenticate due to temporary system problem.", "unavailable"},
      {auth, 454, "4.7.0 Too many login attempts, please try again later.", "throttled"},
      {auth, 534, "5.7.9 Please log in with your web browser and then try again.", "misconfigured"},
      {auth, 535, "5.7.8 Username and Password not accepted.", "misconfigured"},
      {smtp_command::mail, 530, "5.7.0 Authentication Required.", "misconfigured"},
      {rcpt, 550, "5.1.1 The email account that you tried to reach does not exist.",
       "recipient_rejected"},
      {rcpt, 550, "5.2.1 The email account that you tried to reach is disabled.",
       "recipient_rejected"},
      {rcpt, 552, "5.2.2 The email account that you tried to reach is over quota.",
       "recipient_rejected"},
      {rcpt, 553, "5.1.2 We weren't able to find the recipient domain.", "recipient_rejected"},
      {rcpt, 553, "5.1.3 <x> is not a valid RFC 5321 address.", "recipient_rejected"},
      {rcpt, 555, "5.5.2 Syntax error", "recipient_rejected"},
      {smtp_command::mail, 553, "5.1.7 <x> is not a valid RFC 5321 address.", "misconfigured"},
      {message, 550, "5.4.5 Daily user sending limit exceeded.", "throttled, quota"},
      {rcpt, 550, "5.4.5 Daily sending quota exceeded.", "throttled, quota"},
      {smtp_command::mail, 550, "5.4.5 Daily SMTP relay limit exceeded for customer.",
       "throttled, quota"},
      {message, 550, "5.7.1 Daily SMTP relay sending limit exceeded for customer.",
       "throttled, quota"},
      {rcpt, 550, "5.5.3 Too many recipients for this sender.", "throttled, quota"},
      {message, 550, "5.7.0 Mail relay denied 192.0.2.1", "misconfigured"},
      {message, 550, "5.7.0 Mail Sending denied.", "misconfigured"},
      {message, 550, "5.7.1 Invalid credentials for relay 192.0.2.1", "misconfigured"},
      {message, 550,
       "5.7.1 The IP you're using to send mail is not authorized to send email directly to our "
       "servers.",
       "misconfigured"},
      {message, 550,
       "5.7.1 Our system has detected that this message does not meet IPv6 sending guidelines "
       "regarding PTR records and authentication.",
       "misconfigured"},
      {message, 550, "5.7.1 Our system has detected an unusual rate of unsolicited mail",
       "throttled"},
      {message, 550, "5.7.28 There is an unusual rate of unsolicited mail", "throttled, quota"},
      {message, 550, "5.7.24 The SPF record of the sending domain has one or more suspicious",
       "misconfigured"},
      {message, 550,
       "5.7.26 Unauthenticated email from a.example is not accepted due to domain's DMARC policy.",
       "misconfigured"},
      {message, 550, "5.7.1 Email is not accepted due to domain's DMARC policy.", "misconfigured"},
      {message, 550, "5.7.30 This mail has been blocked because DKIM does not pass.",
       "misconfigured"},
      {message, 550, "5.7.29 Gmail requires all senders to use TLS/SSL for SMTP", "misconfigured"},
      {message, 550, "5.7.1 Our system has detected that this message is likely unsolicited mail.",
       "message_rejected"},
      {message, 550, "5.7.1 This message is not RFC 5322 compliant.", "message_rejected"},
      {message, 552, "5.2.3 Your message exceeded Google's message size limits.",
       "message_rejected"},
      {message, 552, "5.3.4 Your message exceeded Google's message size limits.",
       "message_rejected"},
      {message, 552, "5.7.0 This message was blocked because its content presents a potential",
       "message_rejected"},
      {message, 554, "5.6.0 Mail message is malformed. Not accepted.", "message_rejected"},
  };
  check_mail(rows);
}

/// learn.microsoft.com: "Email non-delivery reports and SMTP errors in Exchange Online", "Message
/// storage and concurrent connection throttling for SMTP Authenticated Submission", "Continuous
/// error throttling for SMTP AUTH submissions".
BOOST_AUTO_TEST_CASE(microsoft) {
  const mail_row rows[]{
      {auth, 432, "4.3.2 Concurrent connections limit exceeded.", "throttled"},
      {smtp_command::mail, 432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded.",
       "throttled"},
      {rcpt, 432, "4.3.2 STOREDRV.Deliver; recipient thread limit exceeded",
       "throttled, recipient only"},
      {smtp_command::mail, 421,
       "4.4.2 Message submission rate for this client has exceeded the configured limit",
       "throttled"},
      {rcpt, 451, "4.7.500 Server busy. Please try again later from [192.0.2.1].", "throttled"},
      {rcpt, 451, "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited",
       "throttled"},
      {rcpt, 451, "4.7.850 Access denied, please try again later", "throttled"},
      {message, 452, "4.3.1 Insufficient system resources", "unavailable"},
      {rcpt, 452, "4.5.3 Too many recipients", "unavailable, recipient only"},
      {message, 550, "5.1.8 Access denied, bad outbound sender", "misconfigured"},
      {message, 550,
       "5.1.90 Your message can't be sent because you've reached your daily limit for message "
       "recipients",
       "throttled, quota"},
      {message, 554,
       "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; the submission quota",
       "throttled, quota"},
      {message, 550, "5.2.2 Submission quota exceeded", "throttled, quota"},
      {message, 554,
       "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",
       "misconfigured"},
      {message, 554,
       "5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException."
       "MapiExceptionShutoffQuotaExceeded",
       "misconfigured"},
      {message, 550, "5.2.252 Sender throttled due to continuous send as denied errors.",
       "throttled, quota"},
      {rcpt, 550,
       "5.2.121 Recipient's per hour message receive limit from specific sender exceeded",
       "throttled, recipient only"},
      {rcpt, 550, "5.1.10 Recipient not found", "recipient_rejected"},
      {rcpt, 550, "5.4.1 Recipient address rejected: Access denied.", "recipient_rejected"},
      {rcpt, 550, "5.5.0 Requested action not taken: mailbox unavailable", "recipient_rejected"},
      {rcpt, 550, "5.7.1 Unable to relay", "misconfigured, recipient only"},
      {rcpt, 550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
       "misconfigured, recipient only"},
      {rcpt, 550, "5.7.64 TenantAttribution; Relay Access Denied", "misconfigured"},
      {smtp_command::mail, 530,
       "5.7.57 Client was not authenticated to send anonymous mail during MAIL FROM",
       "misconfigured"},
      {message, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender",
       "misconfigured"},
      {message, 550, "5.7.124 Sender not in allowed-senders list", "recipient_rejected"},
      {message, 550, "5.7.134 Sender was not authenticated for mailbox", "recipient_rejected"},
      {message, 550,
       "5.7.232 Your message can't be sent because your trial tenant has exceeded its daily limit",
       "throttled, quota"},
      {message, 550, "5.7.233 tenant external recipient rate limit", "throttled, quota"},
      {rcpt, 550, "5.7.501 Access denied, spam abuse detected", "misconfigured"},
      {rcpt, 550, "5.7.505 Access denied, banned recipient", "recipient_rejected"},
      {rcpt, 550, "5.7.507 Access denied, rejected by recipient", "recipient_rejected"},
      {rcpt, 550, "5.7.508 Access denied, 192.0.2.1 has exceeded permitted limits within 1 range",
       "throttled, quota"},
      {message, 550, "5.7.509 Access denied, sending domain does not pass DMARC verification",
       "misconfigured"},
      {message, 550, "5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant",
       "message_rejected"},
      {rcpt, 550,
       "5.7.513 Service unavailable, Client host [192.0.2.1] blocked by c.example using Customer "
       "Block list (AS16012607)",
       "misconfigured"},
      {rcpt, 550, "5.7.606 Access denied, banned sending IP [192.0.2.1]", "misconfigured"},
      {message, 550, "5.7.703 Your message can't be delivered because messages to bob are blocked",
       "recipient_rejected"},
      {message, 550, "5.7.705 Access denied, tenant has exceeded threshold", "misconfigured"},
      {message, 550, "5.7.708 Access denied, traffic not accepted from this IP", "misconfigured"},
      {message, 550, "5.7.750 Service unavailable. Client blocked from sending", "misconfigured"},
      {message, 550,
       "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part of their network is on "
       "our block list (S3150).",
       "misconfigured"},
  };
  check_mail(rows);
}

/// docs.aws.amazon.com/ses: SMTP response codes, sending quotas, and the errors at re:Post.
BOOST_AUTO_TEST_CASE(amazon) {
  const mail_row rows[]{
      {message, 250, "Ok 0102018f", "accepted"},
      {greeting, 421, "Too many concurrent SMTP connections", "throttled"},
      {auth, 535, "Authentication Credentials Invalid", "misconfigured"},
      {smtp_command::mail, 530, "Authentication required", "misconfigured"},
      {rcpt, 501, "Invalid RCPT TO address provided", "recipient_rejected"},
      {smtp_command::mail, 501, "Invalid MAIL FROM address provided", "misconfigured"},
      {message, 451, "Temporary service failure", "unavailable"},
      {message, 451, "Timeout waiting for data from client", "unavailable"},
      {message, 454, "Throttling failure: Maximum sending rate exceeded.", "throttled"},
      {message, 454, "Throttling failure: Daily message quota exceeded.", "throttled, quota"},
      {message, 554,
       "Message rejected: Email address is not verified. The following identities failed the check "
       "in region EU-WEST-1: a@b.example",
       "misconfigured"},
      {message, 554,
       "Access denied: User `arn:aws:iam::123456789012:user/a' is not authorized to perform "
       "`ses:SendRawEmail'",
       "misconfigured"},
  };
  check_mail(rows);
}

/// RFC 5321 (4.2.3), 4954 (6), 7208 (8.4), 7372, 7504, 7505.
BOOST_AUTO_TEST_CASE(standards) {
  const mail_row rows[]{
      {greeting, 421, "mx Service not available, closing transmission channel", "unavailable"},
      {greeting, 554, "No SMTP service here", "misconfigured"},
      {greeting, 521, "mx does not accept mail", "misconfigured"},
      {auth, 432, "4.7.12 A password transition is needed", "unavailable"},
      {auth, 454, "4.7.0 Temporary authentication failure", "unavailable"},
      {auth, 534, "5.7.9 Authentication mechanism is too weak", "misconfigured"},
      {auth, 535, "5.7.8 Authentication credentials invalid", "misconfigured"},
      {auth, 538, "5.7.11 Encryption required for requested authentication mechanism",
       "misconfigured"},
      {smtp_command::mail, 455, "4.5.4 Server unable to accommodate parameters", "unavailable"},
      {smtp_command::mail, 555, "5.5.4 parameters not recognized", "misconfigured"},
      {smtp_command::mail, 550, "5.7.1 SPF MAIL FROM check failed:", "misconfigured"},
      {rcpt, 450, "Requested mail action not taken: mailbox unavailable",
       "unavailable, recipient only"},
      {rcpt, 550, "Requested action not taken: mailbox unavailable", "recipient_rejected"},
      {rcpt, 551, "User not local; please try <bob@d.example>", "recipient_rejected"},
      {rcpt, 552, "Requested mail action aborted: exceeded storage allocation",
       "recipient_rejected"},
      {rcpt, 553, "Requested action not taken: mailbox name not allowed", "recipient_rejected"},
      {rcpt, 556, "5.1.10 Recipient address has null MX", "recipient_rejected"},
      {message, 550, "5.7.27 Sender address has null MX", "misconfigured"},
      {message, 550, "5.7.20 No passing DKIM signature found", "misconfigured"},
      {message, 550, "5.7.25 Reverse DNS validation failed", "misconfigured"},
      {message, 451, "Requested action aborted: local error in processing", "unavailable"},
      {message, 452, "Requested action not taken: insufficient system storage", "unavailable"},
      {message, 554, "Transaction failed", "message_rejected"},
  };
  check_mail(rows);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
