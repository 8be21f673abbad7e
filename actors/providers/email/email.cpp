#include "actors/providers/email/email.hpp"

#include "actors/providers/email/dkim.hpp"
#include "actors/providers/email/email_reply.hpp"
#include "actors/providers/email/mime.hpp"
#include "actors/providers/problem_list.hpp"
#include "actors/rules/addresses.hpp"
#include "base/cut_text.hpp"

#include <algorithm>
#include <charconv>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr driver_key email_keys[]{
    {"url", key_kind::text, true, "",
     "the server: smtp://host:587, or smtps://host:465 which begins with TLS"},
    {"from", key_kind::text, true, "",
     "the sender: \"postrider@example.org\" or \"Postrider <postrider@example.org>\""},
    {"username", key_kind::text, false, "",
     "the user name of the login; without one there is no login"},
    {"password", key_kind::secret, false, "", "the login's password, or with XOAUTH2 its token"},
    {"mechanism", key_kind::text, false, "",
     "how to log in: PLAIN, LOGIN or XOAUTH2; without one, PLAIN or LOGIN, as the server offers"},
    {"starttls", key_kind::text, false, "required",
     "with smtp://: required (nothing is sent without TLS), optional or never; with a login the "
     "last two are only possible on loopback"},
    {"helo", key_kind::text, false, "",
     "the name that is given in EHLO; without one, the machine's own"},
    {"ca_file", key_kind::text, false, "",
     "a PEM file with the authorities to trust; without one, the system's"},
    {"max_bytes", key_kind::integer, false, "10000000",
     "messages larger than this, encoded, are refused; set it to the mail server's limit"},
    {"dkim.domain", key_kind::text, false, "",
     "the domain that signs (DKIM, RFC 6376); without one, messages are not signed"},
    {"dkim.selector", key_kind::text, false, "",
     "the selector; the public key is in the DNS at SELECTOR._domainkey.DOMAIN"},
    {"dkim.key", key_kind::secret, false, "", "the RSA key that signs, in PEM"},
};

using made_driver = boost::system::result<std::unique_ptr<driver>, std::string>;
template <class T>
using checked = boost::system::result<T, std::string>;

template <class T>
checked<T> wrong(std::string text) {
  return checked<T>(boost::system::in_place_error, std::move(text));
}

std::string key_text(const provider_settings& settings, std::string_view name) {
  return std::string(key_value(settings, name));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct sender {
  std::string name;
  std::string address;
};

/// The parts that all messages of a provider share.
struct email_settings {
  sender from;
  std::optional<dkim_settings> dkim;
  std::size_t max_bytes = 0;
  transfer_request request;  ///< without a recipient and a body
};

class email_driver final : public driver {
 public:
  explicit email_driver(email_settings settings) : settings_(std::move(settings)) {}

  /// Other characters than ASCII need SMTPUTF8 (RFC 6531) from every server on the way.
  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    if (recipient.email.empty() || !is_ascii(recipient.email)) return std::nullopt;
    return recipient.email;
  }

  std::optional<std::string> content_refusal(const persistence::message& message) const override {
    if (!is_header_text(message.subject)) return "the subject has control characters";
    // Another text than HTML can be cut, and max_bytes leaves room for a part of it.
    if (message.shorten && message.html.empty()) return std::nullopt;
    const auto size = most_bytes(message, message.text);
    if (size <= settings_.max_bytes) return std::nullopt;
    return "the message has " + std::to_string(size) +
           " bytes as it is sent, more than max_bytes, " + std::to_string(settings_.max_bytes);
  }

  transfer_request compose(const delivery_content& content) const override {
    auto request = settings_.request;
    request.mail->to = content.address;
    request.body = body_of(content);
    return request;
  }

  outcome classify(const delivery_content& content, const transfer_result& result) const override {
    return classify_mail(result, content.address);
  }

 private:
  /// The bytes of the message as it is sent with this text, or more where it is short anyway.
  std::size_t most_bytes(const persistence::message& message, std::string_view text) const {
    // Quoted-printable makes at most three characters of a byte, and a line end for 25 bytes.
    constexpr std::size_t frame = 8'192;
    const auto around = message.subject.size() * 2 + frame;
    const auto most = (text.size() + message.html.size()) * 79 / 25 + around;
    if (most <= settings_.max_bytes) return most;
    return quoted_printable(text).size() + quoted_printable(message.html).size() + around;
  }

  std::string text_of(const persistence::message& message) const {
    if (!message.shorten || !message.html.empty()) return message.text;
    return cut_text(message.text, [&](std::string_view text) {
      return most_bytes(message, text) <= settings_.max_bytes;
    });
  }

  /// Empty when it cannot be built, which the engine then refuses to send.
  std::string body_of(const delivery_content& content) const {
    const auto& message = *content.message;
    // The same for all attempts; servers refuse a date that is days away.
    const auto date =
        content.first_due == persistence::time_point{} ? message.created_at : content.first_due;
    const auto text = text_of(message);
    auto mail = build_mail({settings_.from.name, settings_.from.address, content.address,
                            message.subject, text, message.html, content.reference, date});
    if (mail && settings_.dkim) mail = dkim_signed(*mail, *settings_.dkim, date);
    return mail ? std::move(*mail) : std::string();
  }

  email_settings settings_;
};

// ---- the keys ----------------------------------------------------------------------------------

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

/// `a@b`, `Name <a@b>` or `"Name" <a@b>`.
checked<sender> read_from(std::string_view text) {
  sender from;
  text = trimmed(text);
  if (const auto open = text.rfind('<'); open != text.npos && text.ends_with('>')) {
    auto name = trimmed(text.substr(0, open));
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"'))
      name = name.substr(1, name.size() - 2);
    from.name = name;
    text = text.substr(open + 1, text.size() - open - 2);
  }
  if (from.name.size() > 200 || !is_header_text(from.name))
    return wrong<sender>("from: the name has control characters or more than 200 bytes");
  auto address = normalise_email(text);
  if (!address) return wrong<sender>("from: " + address.error().detail);
  if (!is_ascii(*address)) return wrong<sender>("from: the address must be ASCII");
  from.address = std::move(*address);
  return from;
}

struct server {
  std::string url;
  bool tls_first = false;
  bool loopback = false;
};

/// "smtp://host:port", without a path.
checked<server> read_url(const std::string& text) {
  const bool tls_first = text.starts_with("smtps://");
  if (!tls_first && !text.starts_with("smtp://"))
    return wrong<server>("url: it must begin with smtp:// or smtps://");
  const auto rest = text.substr(text.find("://"));
  // The error does not show the text, which may have a password in it.
  if (rest.find('@') != std::string::npos)
    return wrong<server>("url: it must not have a login; use username and password_file");
  // Hosts and ports are those of any URL.
  const auto normal = normalise_url("https" + rest);
  if (!normal)
    return wrong<server>(
        "url: it must have a host name and may have a port, such as smtp://host:587");
  const auto host = normal->substr(8, normal->size() - 9);
  if (host.find_first_of("/?#") != std::string::npos || !normal->ends_with('/'))
    return wrong<server>("url: it must end with the host or the port, such as smtp://host:587");
  const auto name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  const bool loopback = name == "localhost" || name == "[::1]" || name.starts_with("127.");
  return server{(tls_first ? "smtps://" : "smtp://") + host, tls_first, loopback};
}

/// A host name is the right half of an address.
bool is_host_name(const std::string& text) {
  const auto address = normalise_email("x@" + text);
  return is_ascii(text) && address && address->size() == text.size() + 2;
}

/// It may also be an address in brackets.
bool is_helo(const std::string& text) {
  const bool literal = text.starts_with('[') && text.ends_with(']') &&
                       text.find_first_not_of("0123456789abcdefABCDEF.:IPv6[]") == text.npos;
  return literal || is_host_name(text);
}

mail_envelope read_login(const provider_settings& settings, const server& at, problem_list& wrong) {
  mail_envelope mail;
  mail.username = key_text(settings, "username");
  mail.password = key_text(settings, "password");
  mail.mechanism = key_text(settings, "mechanism");
  for (char& c : mail.mechanism)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const auto starttls = key_text(settings, "starttls");
  if (starttls == "optional") {
    mail.starttls = starttls_policy::optional;
  } else if (starttls == "never") {
    mail.starttls = starttls_policy::never;
  } else if (!starttls.empty() && starttls != "required") {
    wrong.add("starttls: it must be \"required\", \"optional\" or \"never\"");
  }
  if (mail.username.empty() != mail.password.empty())
    wrong.add("username: it and password_file (or password_env) belong together");
  if (mail.username.find_first_of(" <>") != std::string::npos || !is_header_text(mail.username))
    wrong.add("username: it has spaces, control characters, < or > in it");
  if (!mail.mechanism.empty() && mail.mechanism != "PLAIN" && mail.mechanism != "LOGIN" &&
      mail.mechanism != "XOAUTH2")
    wrong.add("mechanism: it must be \"PLAIN\", \"LOGIN\" or \"XOAUTH2\"");
  else if (!mail.mechanism.empty() && mail.username.empty())
    wrong.add("mechanism: it is for a login, and there is no username");
  if (mail.starttls != starttls_policy::required && !mail.username.empty() && !at.tls_first &&
      !at.loopback)
    wrong.add(
        "starttls: with a username it must be \"required\", or the password could be read "
        "on the way; loopback is the exception");
  mail.helo = key_text(settings, "helo");
  if (!mail.helo.empty() && !is_helo(mail.helo))
    wrong.add("helo: it must be a host name or an address in brackets");
  return mail;
}

checked<std::optional<dkim_settings>> read_dkim(const provider_settings& settings) {
  using failure = checked<std::optional<dkim_settings>>;
  dkim_settings dkim{key_text(settings, "dkim.domain"), key_text(settings, "dkim.selector"),
                     key_text(settings, "dkim.key")};
  const auto refuse = [](std::string why) -> failure {
    return wrong<std::optional<dkim_settings>>(std::move(why));
  };
  if (dkim.domain.empty() && dkim.selector.empty() && dkim.key.empty())
    return failure(std::optional<dkim_settings>());
  if (dkim.domain.empty() || dkim.selector.empty() || dkim.key.empty())
    return refuse(
        "dkim.domain: it, dkim.selector and dkim.key_file (or dkim.key_env) belong together");
  for (const auto& [name, text] :
       {std::pair("dkim.domain", dkim.domain), std::pair("dkim.selector", dkim.selector)})
    if (!is_host_name(text)) return refuse(std::string(name) + ": it must be a domain name");
  // A key that cannot sign is found now, not with the first message.
  if (const auto tried = dkim_signed("From: a@b.example\r\n\r\n\r\n", dkim, {}); !tried)
    return refuse("dkim.key_file: an RSA key in PEM, of 1024 bits or more, is needed (" +
                  tried.error() + ")");
  return failure(std::optional(std::move(dkim)));
}

checked<std::size_t> read_max_bytes(const provider_settings& settings) {
  const auto text = key_text(settings, "max_bytes");
  std::size_t value = 10'000'000;
  if (text.empty()) return value;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value < 65'536)
    return wrong<std::size_t>("max_bytes: it must be a number of bytes, at least 65536");
  return value;
}

made_driver make_email_driver(const provider_settings& settings) {
  problem_list wrong;
  auto at = read_url(key_text(settings, "url"));
  if (!at) {
    wrong.add(at.error());
    // Nothing is said of a server that nobody knows.
    at = server{{}, true, true};
  }
  auto from = wrong.value_of(read_from(key_text(settings, "from")));
  auto mail = read_login(settings, *at, wrong);
  auto dkim = wrong.value_of(read_dkim(settings));
  const auto max_bytes = wrong.value_of(read_max_bytes(settings));
  if (!wrong.empty()) return made_driver(boost::system::in_place_error, wrong.text());

  email_settings made{std::move(from), std::move(dkim), max_bytes, {}};
  mail.from = made.from.address;
  made.request.url = at->url;
  made.request.group = settings.name;
  made.request.max_connections = settings.max_in_flight;
  made.request.mail = std::move(mail);
  made.request.ca_file = key_text(settings, "ca_file");
  made.request.connect_timeout = settings.connect_timeout;
  made.request.timeout = settings.timeout;
  return std::unique_ptr<driver>(std::make_unique<email_driver>(std::move(made)));
}

}  // namespace

driver_type email_driver_type() {
  return {
      "email",
      "email, through an SMTP server. RFC 5321 (4.5.3.2) asks to wait 10 minutes for the answer "
      "to a whole message; what is answered after `timeout` may be sent twice, so raise it for "
      "a slow server, and `lease` of [node] with it",
      email_keys,
      120s,
      0,
      make_email_driver,
      false};
}

}  // namespace postrider::actors
