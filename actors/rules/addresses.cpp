#include "actors/rules/addresses.hpp"

#include "actors/rules/domain_names.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace postrider::actors {
namespace {

using ascii::is_digit;
using ascii::is_letter;
bool is_control_or_space(char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }
using ascii::lower;

/// The text as an error shows it: short, without control characters, and still UTF-8.
std::string shown(std::string_view text) {
  const auto front = whole_characters(text, 40);
  std::string out;
  for (char c : front)
    out += is_control_or_space(c) && c != ' ' ? '?' : c;
  return front.size() < text.size() ? out + "..." : out;
}

/// "a, b" and "a; b" of two addresses.
bool has_several(std::string_view text) {
  const auto separator = text.find_first_of(",;");
  if (separator == text.npos) return false;
  const auto first = text.substr(0, separator), rest = text.substr(separator + 1);
  const auto digits = [](std::string_view part) { return std::ranges::count_if(part, is_digit); };
  const bool mails = first.find('@') != first.npos && rest.find('@') != rest.npos;
  return mails || (digits(first) >= 7 && digits(rest) >= 7);
}

address_error several_addresses(std::string_view text, std::string code) {
  return {std::move(code), "'" + shown(text) +
                               "' is more than one address; give one address only, and each of the "
                               "others as a recipient of its own"};
}

address_error bad_phone(std::string_view text) {
  if (has_several(text)) return several_addresses(text, "bad_phone_number");
  return {"bad_phone_number", "'" + shown(text) +
                                  "' is not a phone number in international form: + and 7 to 15 "
                                  "digits, such as +15551234567"};
}

bool is_phone_separator(char c) { return c == ' ' || c == '-' || c == '(' || c == ')' || c == '.'; }

/// Countries whose numbers keep a 0 at their beginning when they are dialled from abroad: Italy and
/// the Vatican, San Marino, Ivory Coast, Benin, Gabon, Congo (libphonenumber's metadata).
bool keeps_zero(std::string_view code) {
  constexpr std::string_view codes[]{"39", "378", "225", "229", "241", "242"};
  return std::ranges::find(codes, code) != std::end(codes);
}

/// The digits before a "(" when they may be a country code: "44" of "+44 (" and of "0044 (".
std::string country_code_of(std::string_view before) {
  std::string digits;
  for (char c : before) {
    if (is_digit(c)) digits += c;
    if (digits.size() > 5) return {};
  }
  if (digits.starts_with("00")) digits.erase(0, 2);
  return digits.size() <= 3 ? digits : std::string();
}

/// The 0 of "+44 (0)20" and of "+44 (020)", which is dialled inside the country only; npos when
/// there is none.
std::size_t trunk_zero_at(std::string_view text) {
  const auto open = text.find('(');
  for (auto at = open; at != text.npos; at = text.find('(', at + 1)) {
    const auto zero = text.find_first_not_of(' ', at + 1);
    if (zero == text.npos || text[zero] != '0') continue;
    const auto next = text.find_first_not_of(' ', zero + 1);
    if (next != text.npos && text[next] == ')') return zero;
    // Only the first group may follow the country code.
    const auto code = at == open ? country_code_of(text.substr(0, at)) : std::string();
    if (!code.empty() && !keeps_zero(code)) return zero;
  }
  return text.npos;
}

address_error bad_trunk_zero(std::string_view text, std::size_t zero) {
  auto without = std::string(text.substr(0, zero)).append(text.substr(zero + 1));
  if (trunk_zero_at(without) != without.npos) return bad_phone(text);
  auto right = normalise_phone(without);
  if (!right) return bad_phone(text);
  const auto code = country_code_of(text.substr(0, text.find('(')));
  if (keeps_zero(code)) right->insert(1 + code.size(), "0");
  return {"bad_phone_number", "'" + shown(text) +
                                  "' has a 0 in parentheses, which is dialled inside the country "
                                  "only; write the number as it is dialled from abroad: " +
                                  *right};
}

/// A text that has the form of no address at all.
address_error bad_address(std::string_view text) {
  return {"bad_phone_number", "'" + shown(text) +
                                  "' is neither a phone number (+ and 7 to 15 digits, such as "
                                  "+15551234567), an email address nor an https URL"};
}

address_error bad_email(std::string_view text, std::string_view why) {
  if (has_several(text)) return several_addresses(text, "bad_email_address");
  return {"bad_email_address",
          "'" + shown(text) + "' is not an email address: " + std::string(why)};
}

address_error bad_url(std::string_view text, std::string_view why) {
  return {"bad_url", "'" + shown(text) + "' is not a URL that can be called: " + std::string(why)};
}

/// RFC 5322 atext, and bytes above 0x7f for RFC 6531.
bool is_atext(char c) {
  return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' ? text[i - 1] == '.' : !is_atext(text[i])) return false;
  }
  return true;
}

bool is_domain(std::string_view text) {
  std::size_t label = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '.') {
      const char c = text[i];
      if (!is_letter(c) && !is_digit(c) && c != '-' && static_cast<unsigned char>(c) < 0x80)
        return false;
      continue;
    }
    const auto part = text.substr(label, i - label);
    if (part.empty() || part.size() > 63 || part.front() == '-' || part.back() == '-') return false;
    label = i + 1;
  }
  return true;
}

/// "ann@example.org" of "Ann <ann@example.org>", as mail programs copy it. A name with control
/// characters, or a second address, is left where it is, and refused.
std::string_view without_name(std::string_view text) {
  const auto begin = text.find('<');
  if (begin == std::string_view::npos || !text.ends_with('>')) return text;
  const auto address = text.substr(begin + 1, text.size() - begin - 2);
  const auto is_control = [](char c) { return is_control_or_space(c) && c != ' '; };
  if (address.find_first_of("<>") != std::string_view::npos ||
      std::ranges::any_of(text.substr(0, begin), is_control))
    return text;
  return address;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc() && end == text.data() + text.size() && port != 0;
}

/// A character that stands for itself in a path, query or fragment (RFC 3986, 3.3 to 3.5).
bool is_path_character(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("-._~!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

bool is_escape(std::string_view text) {
  return text.size() >= 3 && text[0] == '%' && is_hex(text.substr(1, 2));
}

/// A path with query and fragment. All that a request target may not have in it (RFC 9112, 3.2.1)
/// is percent-encoded.
std::string encoded_path(std::string_view text) {
  std::string out;
  const auto fragment = text.find('#');
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == fragment || is_path_character(text[i]) || is_escape(text.substr(i))) {
      out += text[i];
    } else {
      out += '%';
      append_hex(out, text[i]);
    }
  }
  return out;
}

bool is_ipv6_literal(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  in6_addr ignored;
  return ::inet_pton(AF_INET6, std::string(text.substr(1, text.size() - 2)).c_str(), &ignored) == 1;
}

}  // namespace

address_result<std::string> normalise_phone(std::string_view text) {
  if (const auto zero = trunk_zero_at(text); zero != text.npos) return bad_trunk_zero(text, zero);
  std::string out;
  for (char c : text) {
    if (is_phone_separator(c)) continue;
    if (out.size() > 16) return bad_phone(text);
    out += c;
  }
  if (out.starts_with("00")) out.replace(0, 2, "+");
  const bool right = out.size() >= 8 && out.size() <= 16 && out[0] == '+' && out[1] != '0' &&
                     std::all_of(out.begin() + 1, out.end(), is_digit);
  if (!right) return bad_phone(text);
  return out;
}

address_result<std::string> normalise_email(std::string_view given) {
  const auto text = without_name(given);
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return bad_email(given, "it has no @");
  if (std::any_of(text.begin(), text.end(), is_control_or_space))
    return bad_email(given, "it contains spaces or control characters");
  const auto local = text.substr(0, at);
  const auto ascii = ascii_domain(text.substr(at + 1));
  if (!ascii) return bad_email(given, "what is after the @ is not a domain name");
  const std::string& domain = *ascii;
  if (local.size() > 64) return bad_email(given, "what is before the @ is longer than 64 bytes");
  if (domain.empty() || domain.size() > 255)
    return bad_email(given, "what is after the @ must have 1 to 255 bytes");
  if (!is_dot_atom(local))
    return bad_email(
        given,
        "what is before the @ may have letters, digits, !#$%&'*+-/=?^_`{|}~ and single dots");
  if (!is_domain(domain)) return bad_email(given, "what is after the @ is not a domain name");
  std::string out(local);
  out += '@';
  for (char c : domain)
    out += lower(c);
  return out;
}

address_result<std::string> normalise_url(std::string_view text) {
  if (text.size() > persistence::max_recipient_bytes)
    return bad_url(text, "it is longer than 512 bytes");
  if (std::any_of(text.begin(), text.end(), is_control_or_space))
    return bad_url(text, "it contains spaces or control characters");
  std::string scheme;
  const auto colon = text.find("://");
  for (char c : text.substr(0, std::min(colon, text.size())))
    scheme += lower(c);
  if (colon == std::string_view::npos || (scheme != "https" && scheme != "http"))
    return bad_url(text, "it must begin with http:// or https://");
  const auto rest = text.substr(colon + 3);
  const auto end = rest.find_first_of("/?#");
  const auto authority = rest.substr(0, end);
  if (authority.empty()) return bad_url(text, "it has no host name");
  if (authority.find('@') != std::string_view::npos)
    return bad_url(text, "user names and passwords are not taken");
  const auto port = authority.front() == '[' ? authority.find("]:") : authority.rfind(':');
  const auto host = port == std::string_view::npos
                        ? authority
                        : authority.substr(0, authority[0] == '[' ? port + 1 : port);
  if (port != std::string_view::npos &&
      !is_port(authority.substr(authority[0] == '[' ? port + 2 : port + 1)))
    return bad_url(text, "its port is not a number from 1 to 65535");
  if (!is_ipv6_literal(host) && !is_domain(host)) return bad_url(text, "it has no host name");
  std::string out = scheme + "://";
  for (char c : authority)
    out += lower(c);
  if (end == std::string_view::npos || rest[end] != '/') out += '/';
  if (end != std::string_view::npos) out.append(encoded_path(rest.substr(end)));
  if (out.size() > persistence::max_recipient_bytes)
    return bad_url(text, "it is longer than 512 bytes");
  return out;
}

std::string host_of_url(std::string_view normal_url) {
  const bool tls = normal_url.starts_with("https://");
  const auto begin = std::min(normal_url.find("://"), normal_url.size());
  const auto rest = normal_url.substr(std::min(begin + 3, normal_url.size()));
  std::string host(rest.substr(0, rest.find('/')));
  const auto after_literal = std::min(host.rfind(']'), host.size());
  const bool has_port =
      host.find(':', after_literal == host.size() ? 0 : after_literal) != host.npos;
  return has_port ? host : host + (tls ? ":443" : ":80");
}

address_result<persistence::recipient> parse_recipient(std::string_view text) {
  persistence::recipient out;
  if (text.empty())
    return address_error{
        "bad_recipient",
        "a recipient cannot be empty: give a phone number, an email address or a URL"};
  auto& kind = text.find("://") != std::string_view::npos ? out.url
               : text.find('@') != std::string_view::npos ? out.email
                                                          : out.phone;
  auto normal = &kind == &out.url     ? normalise_url(text)
                : &kind == &out.email ? normalise_email(text)
                                      : normalise_phone(text);
  if (!normal) {
    // Only a person who meant a number is told how one is written.
    const bool no_number = &kind == &out.phone && std::ranges::any_of(text, is_letter);
    return no_number && !has_several(text) ? bad_address(text) : normal.error();
  }
  kind = std::move(*normal);
  return out;
}

std::string first_address(const persistence::recipient& recipient) {
  for (const auto* text : {&recipient.phone, &recipient.email, &recipient.url})
    if (!text->empty()) return *text;
  return {};
}

}  // namespace postrider::actors
