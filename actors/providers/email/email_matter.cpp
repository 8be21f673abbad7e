#include "actors/providers/email/email_matter.hpp"

#include "actors/providers/reply_words.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace postrider::actors {
namespace {

using enum mail_matter;

struct enhanced_code {
  int subject;
  int first, last;  ///< bounds of the detail
  int kind;         ///< 4 or 5; 0: both
  mail_matter matter;
};

/// docs/internals/providers-evidence.md names the witness of each row. The first one that fits
/// counts.
constexpr enhanced_code codes[]{
    // RFC 3463: the sender's address.
    {1, 7, 8, 0, identity},
    // RFC 3463: 3.4 and 2.3, the message is longer than the system or the mailbox takes.
    {3, 4, 4, 0, size},
    {2, 3, 3, 0, size},
    // IANA: SPF, DKIM, reverse DNS, null MX of the sender's domain, ARC (RFC 7372, 7505).
    {7, 20, 27, 0, identity},
    // IANA: mail flood.
    {7, 28, 28, 4, rate},
    {7, 28, 28, 5, quota},
    // Google: TLS, DKIM, alignment.
    {7, 29, 32, 0, identity},
    // Google: limits of the day.
    {4, 5, 5, 5, quota},
    // Microsoft.
    {1, 90, 90, 0, quota},
    {2, 121, 122, 0, recipient_rate},
    {2, 251, 255, 0, quota},
    {7, 51, 51, 0, identity},
    {7, 57, 57, 0, identity},
    {7, 60, 60, 0, identity},
    {7, 64, 64, 0, identity},
    {7, 124, 124, 0, recipient},
    {7, 133, 136, 0, recipient},
    {7, 232, 233, 0, quota},
    {7, 504, 505, 5, recipient},
    {7, 507, 507, 5, recipient},
    {7, 508, 508, 5, quota},
    {7, 500, 511, 5, identity},
    {7, 513, 513, 5, identity},
    {7, 606, 649, 5, identity},
    {7, 703, 703, 5, recipient},
    {7, 700, 750, 5, identity},
    {7, 500, 699, 4, rate},
    {7, 850, 899, 4, rate},
};

struct matter_text {
  std::string_view part;
  std::string_view also;  ///< a second part, or nothing
  mail_matter matter;
};

/// Words about the recipient come before the codes: what follows them may name anything.
constexpr matter_text recipient_texts[]{
    {"recipient address [", "blocked using", recipient},      // Postfix
    {"greylist", "", recipient},                              // ZoneMTA, Sisimai
    {"blacklisted by recipient", "", recipient},              // ZoneMTA's rules
    {"receiving mail too quickly", "", recipient_rate},       // Google
    {"receiving mail at a rate", "", recipient_rate},         // Google
    {"recipient thread limit", "", recipient_rate},           // Microsoft
    {"the recipient", "message rate limit", recipient_rate},  // Yandex
};

/// Postfix (smtpd/smtpd_check.c) puts these words before whatever a policy service, a table or its
/// own check says at RCPT, Microsoft before its own reason. What follows tells whose matter it is.
constexpr std::string_view recipient_prefix = "recipient address rejected: ";

/// The words behind it when Postfix asked the recipient's server before: that server's own, about
/// Postfix and not about this server.
constexpr std::string_view address_probes[]{"unverified address: ", "undeliverable address: "};

/// A full mailbox, in whose words a quota is not the sender's.
constexpr std::string_view mailbox_words[]{"over quota", "mailbox", "disk", "storage", "user"};

constexpr matter_text texts[]{
    {"daily", "limit", quota},                           // Google, Microsoft, Emailit
    {"daily", "quota", quota},                           // Google, Amazon
    {"sending limit", "", quota},                        // Google
    {"sending quota", "", quota},                        // a policy service of Postfix
    {"submission quota", "", quota},                     // Microsoft
    {"submissionquota", "", quota},                      // Microsoft
    {"sender throttled due to", "", quota},              // Microsoft
    {"too many recipients for this sender", "", quota},  // Google
    {"maximum credits exceeded", "", quota},             // SendGrid
    {"number of allowed outgoing messages", "", quota},  // Plesk
    {"messages sent per day", "", quota},                // Oracle
    {"max emails per hour", "", quota},                  // cPanel
    {"max defers and failures per hour", "", quota},
    {"rate limit", "", rate},                                 // Sendmail, Google
    {"ratelimit", "", rate},                                  // Rspamd
    {"unusual rate of", "", rate},                            // Google
    {"submission rate", "", rate},                            // Microsoft
    {"throttl", "", rate},                                    // Amazon, SendGrid
    {"too many connections", "", rate},                       // Postfix, Oracle
    {"too many concurrent", "", rate},                        // Exim, Amazon
    {"connections limit exceeded", "", rate},                 // Microsoft
    {"connection limit exceeded", "", rate},                  // Microsoft
    {"sender thread limit", "", rate},                        // Microsoft
    {"too much mail from", "", rate},                         // Postfix
    {"too many recipients from", "", rate},                   // Postfix
    {"peak smtp relay limit", "", rate},                      // Google
    {"maximum connection limit", "", rate},                   // SendGrid
    {"per-domain connection limit", "", rate},                // Sisimai
    {"too many smtp sessions", "", rate},                     // Sendmail
    {"too many errors from your ip", "", rate},               // free.fr
    {"try again slower", "", rate},                           // Sisimai
    {"trop de connexions", "", rate},                         // Orange
    {"unexpected volume", "", rate},                          // Yahoo
    {"due to user complaints", "", rate},                     // Yahoo
    {"messages sent per minute", "", rate},                   // Oracle
    {"messages per second limit", "", rate},                  // Emailit
    {"client host", "", identity},                            // Postfix, Microsoft
    {"blocked using", "", identity},                          // Postfix and its postscreen
    {"sender address rejected", "", identity},                // Postfix
    {"sender address [", "", identity},                       // Postfix
    {"service currently unavailable", "", identity},          // Postfix's postscreen
    {"helo command", "", identity},                           // Postfix
    {"sender verify", "", identity},                          // Exim
    {"is in a black list at", "", identity},                  // Exim
    {"not verified", "", identity},                           // Amazon, SMTP2GO
    {"verified sender identity", "", identity},               // SendGrid
    {"unauthenticated senders", "", identity},                // SendGrid
    {"not authorized to perform", "", identity},              // Amazon
    {"authentication required", "", identity},                // Haraka, Google
    {"not authorized to send email directly", "", identity},  // Google
    {"invalid credentials for relay", "", identity},          // Google
    {"mail relay denied", "", identity},                      // Google
    {"mail sending denied", "", identity},                    // Google
    {"storedrv.submission", "", identity},                    // Microsoft
    {"send as this sender", "", identity},                    // Microsoft
    {"tenantattribution", "", identity},                      // Microsoft
    {"on our block list", "", identity},                      // Microsoft
    {"unusual sending activity", "", identity},               // Zoho
    {"reverse dns", "", identity},                            // Sisimai
    {"ptr resource record", "", identity},                    // Sisimai
    {"ip name lookup failed", "", identity},                  // Sisimai
    {"unresolvable relay host name", "", identity},           // Sisimai
    {"ptr record", "", identity},                             // Google
    {"message size exceeds", "", size},                       // Postfix, Exim
    {"message too big", "", size},                            // Haraka
};

/// Lists of hosts and domains that send spam, and the reputation that follows from them. The texts
/// are those that rules for bounces collect.
constexpr matter_text blocklist_texts[]{
    {"spamhaus", "", identity},
    {"spamcop.net", "", identity},
    {"sorbs.net", "", identity},
    {"barracudacentral.org", "", identity},
    {"barracudanetworks.com/reputation", "", identity},
    {"is listed at", "", identity},
    {"ip address is listed", "", identity},
    {"ip address", "blacklisted", identity},
    {"ip address", "black listed", identity},
    {"the ip", "blacklisted", identity},
    {"this ip", "blacklisted", identity},
    {"your host", "blacklisted", identity},
    {"the domain", "is blacklisted", identity},
    {"blacklisted by", "", identity},
    {"based on blacklist", "", identity},
    {"sender ip", "", identity},
    {"accepting mail from your ip", "", identity},
    {"blocked - see http", "", identity},
    {"refused - see http", "", identity},
    {"you are not allowed to connect", "", identity},
    {"your access to submit messages", "", identity},
    {"sending spam", "", identity},
    {"spams from your ip", "", identity},
    {"dynamic ip", "", identity},
    {"open proxy", "", identity},
    {"poor reputation", "", identity},
    {"poor email reputation", "", identity},
    {"low reputation", "", identity},
    {"bad reputation", "", identity},
    {"reputation problems", "", identity},
};

/// A list of hosts, as a word of its own.
constexpr std::string_view blocklist_words[]{"rbl", "dnsbl", "dnsbls"};

/// The message's links may be on a list too; then nothing is said of the sender.
constexpr std::string_view link_words[]{"url", "urls", "uribl", "surbl"};

/// The authentication of the sender's domain, by name.
constexpr std::string_view domain_authentication[]{"spf", "dkim", "dmarc"};

mail_matter matter_in(std::span<const matter_text> rows, std::string_view text) {
  const auto row = std::ranges::find_if(rows, [&](const matter_text& r) {
    return text.find(r.part) != text.npos && text.find(r.also) != text.npos;
  });
  return row == rows.end() ? unnamed : row->matter;
}

mail_matter matter_of_code(const enhanced_status& status) {
  const auto row = std::ranges::find_if(codes, [&](const enhanced_code& r) {
    return r.subject == status.subject && r.first <= status.detail && status.detail <= r.last &&
           (r.kind == 0 || r.kind == status.kind);
  });
  return status.kind == 0 || row == std::end(codes) ? unnamed : row->matter;
}

/// RFC 3463, RFC 7505: the address does not exist, or cannot.
bool names_destination(const enhanced_status& status) {
  return status.kind != 0 && status.subject == 1 &&
         ((status.detail >= 1 && status.detail <= 6) || status.detail == 10);
}

/// A temporary refusal in other words. "Too many recipients" is about this message; of a mailbox
/// (X.2.Y) no rate is the sender's.
bool asks_to_slow_down(const enhanced_status& status, std::string_view text) {
  if (status.kind != 0 && status.subject == 2) return false;
  const bool too_many = text.find("too many") != text.npos &&
                        text.find("too many recipients") == text.npos &&
                        text.find("too many hops") == text.npos;
  return too_many || has_word(text, "rate");
}

bool has_any_word(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return has_word(text, word); });
}

bool names_blocklist(std::string_view text) {
  if (has_any_word(text, link_words)) return false;
  return matter_in(blocklist_texts, text) == identity || has_any_word(text, blocklist_words);
}

/// "Quota exceeded" with no other word: a mailbox's where the code is one of storage (RFC 5321,
/// 4.2.3; RFC 3463, 3.3) or the text names a mailbox.
bool exceeds_quota(int code, const enhanced_status& status, std::string_view text) {
  if (code == 452 || code == 552 || (status.kind != 0 && status.subject == 2)) return false;
  return text.find("quota exceeded") != text.npos &&
         std::ranges::none_of(mailbox_words,
                              [&](std::string_view word) { return text.find(word) != text.npos; });
}

mail_matter matter_of_words(int code, const enhanced_status& status, std::string_view text) {
  if (const auto told = matter_in(texts, text); told != unnamed) return told;
  if (exceeds_quota(code, status, text)) return quota;
  if (names_blocklist(text)) return identity;
  if (code / 100 == 4 && asks_to_slow_down(status, text)) return rate;
  return has_any_word(text, domain_authentication) ? identity : unnamed;
}

}  // namespace

enhanced_status read_enhanced_status(std::string_view& text) {
  int parts[3] = {};
  auto at = text.data();
  const auto end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return {};
    if (at == end || *at < '0' || *at > '9') return {};
    const auto [after, failed] = std::from_chars(at, end, parts[i]);
    if (failed != std::errc() || after - at > (i == 0 ? 1 : 3)) return {};
    at = after;
  }
  if ((at != end && *at != ' ') || (parts[0] != 2 && parts[0] != 4 && parts[0] != 5)) return {};
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return {parts[0], parts[1], parts[2]};
}

mail_matter matter_of(int code, const enhanced_status& status, std::string_view text) {
  if (const auto told = matter_in(recipient_texts, text); told != unnamed) return told;
  const auto prefix = text.find(recipient_prefix);
  if (prefix != text.npos) text.remove_prefix(prefix + recipient_prefix.size());
  const bool probed = std::ranges::any_of(
      address_probes, [&](std::string_view words) { return text.starts_with(words); });
  if (prefix != text.npos && probed) return recipient;
  if (const auto told = matter_of_code(status); told != unnamed) return told;
  if (names_destination(status)) return recipient;
  const auto told = matter_of_words(code, status, text);
  return told == unnamed && prefix != text.npos ? recipient : told;
}

}  // namespace postrider::actors
