#include "actors/providers/transfer/smtp/mail_request.hpp"

#include "actors/rules/domain_names.hpp"
#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace postrider::actors::smtp {
namespace {

bool is_unsafe(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<' || c == '>';
}

bool is_helo_character(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) ||
         std::string_view(".-_:[]").find(c) != std::string_view::npos;
}

bool has_bare_line_end(std::string_view body) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\n') return true;
    if (body[i] != '\r') continue;
    if (i + 1 == body.size() || body[i + 1] != '\n') return true;
    ++i;
  }
  return false;
}

/// The domain in ASCII, as the DNS has it.
std::string with_ascii_domain(const std::string& address) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(address, is_ascii)) return address;
  const auto at = address.rfind('@');
  if (at == address.npos) return address;
  const auto domain = ascii_domain(std::string_view(address).substr(at + 1));
  return domain ? address.substr(0, at + 1) + *domain : address;
}

}  // namespace

std::string refusal_of(const transfer_request& request) {
  if (!request.mail) return "this is not a request by SMTP";
  const auto& mail = *request.mail;
  const auto is_clean = [](const std::string& text) {
    return std::ranges::none_of(text, is_unsafe);
  };
  if (mail.to.empty()) return "the message has no recipient";
  if (!is_clean(mail.from) || !is_clean(mail.to))
    return "an address has spaces, control characters, < or > in it";
  if (!std::ranges::all_of(mail.helo, is_helo_character))
    return "the name for EHLO is not a host name";
  if (!is_clean(mail.username) || !is_clean(mail.mechanism) || !is_clean(request.url))
    return "the URL, user name or mechanism has spaces, control characters, < or > in it";
  if (mail.password.find('\0') != std::string::npos) return "the password has a zero byte in it";
  if (!wire::parse_smtp_url(request.url)) return "the URL is no smtp or smtps URL";
  if (request.body.empty()) return "the message is empty";
  if (has_bare_line_end(request.body)) return "the message has a line end that is not CRLF";
  return {};
}

std::string key_of(const transfer_request& request) {
  const auto& mail = *request.mail;
  std::string key;
  for (const auto& part : {request.url, mail.helo, mail.username, mail.password, mail.mechanism,
                           request.ca_file, std::to_string(static_cast<int>(mail.starttls)),
                           std::to_string(request.public_addresses_only)})
    key.append(part).push_back('\0');
  return key;
}

std::string ehlo_name(const mail_envelope& mail) {
  if (!mail.helo.empty()) return mail.helo;
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data()
                                                                             : "localhost";
}

std::string mail_command(const mail_envelope& mail) {
  return "MAIL FROM:<" + with_ascii_domain(mail.from) + '>';
}

std::string rcpt_command(const mail_envelope& mail) {
  return "RCPT TO:<" + with_ascii_domain(mail.to) + '>';
}

std::string dotted(std::string_view message) {
  std::string text;
  text.reserve(message.size() + message.size() / 64 + 8);
  while (!message.empty()) {
    const auto end = message.find("\r\n");
    const auto size = end == message.npos ? message.size() : end + 2;
    if (message.front() == '.') text += '.';
    text.append(message.substr(0, size));
    message.remove_prefix(size);
  }
  if (!text.ends_with("\r\n")) text += "\r\n";
  return text += ".\r\n";
}

}  // namespace postrider::actors::smtp
