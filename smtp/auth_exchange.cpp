#include "smtp/auth_exchange.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"

#include <algorithm>

namespace postrider::smtp {
namespace {

/// "Username:" and "Password:" in base64, as all clients of LOGIN expect them.
constexpr std::string_view ask_user = "VXNlcm5hbWU6", ask_password = "UGFzc3dvcmQ6";

}  // namespace

auth_exchange::next auth_exchange::begin(std::string_view argument) {
  const auto mechanism = argument.substr(0, argument.find(' '));
  auto initial = argument.substr(mechanism.size());
  initial.remove_prefix(std::min(initial.find_first_not_of(' '), initial.size()));
  const bool plain = ascii::equals_ignoring_case(mechanism, "PLAIN");
  if (!plain && !ascii::equals_ignoring_case(mechanism, "LOGIN"))
    return refuse(504, "5.5.4", "log in with PLAIN or LOGIN");
  step_ = plain ? step::plain : step::user;
  if (initial.empty()) return ask(step_, plain ? std::string_view() : ask_user);
  // RFC 4954, 4: "=" is an empty initial response.
  return answer(initial == "=" ? std::string_view() : initial);
}

auth_exchange::next auth_exchange::take(std::string_view line) {
  if (line == "*") return refuse(501, "5.7.0", "the login was cancelled");
  return answer(line);
}

auth_exchange::next auth_exchange::answer(std::string_view encoded) {
  auto decoded = encoded.empty() ? std::optional(std::string()) : base64_decoded(encoded);
  if (!decoded) return refuse(501, "5.5.2", "the answer is not base64");
  switch (step_) {
    case step::plain: return take_plain(*decoded);
    case step::user: user_ = std::move(*decoded); return ask(step::password, ask_password);
    case step::password: break;
  }
  return with(std::move(user_), std::move(*decoded));
}

auth_exchange::next auth_exchange::take_plain(const std::string& decoded) {
  const auto first = decoded.find('\0');
  const auto second = first == decoded.npos ? first : decoded.find('\0', first + 1);
  if (second == decoded.npos || decoded.find('\0', second + 1) != decoded.npos)
    return refuse(501, "5.5.2", "the answer is not of the form of PLAIN (RFC 4616)");
  return with(decoded.substr(first + 1, second - first - 1), decoded.substr(second + 1));
}

auth_exchange::next auth_exchange::with(std::string user, std::string password) {
  key_ = password.empty() ? std::move(user) : std::move(password);
  return next::known;
}

auth_exchange::next auth_exchange::ask(step then, std::string_view text) {
  step_ = then;
  says_ = {334, {}, std::string(text)};
  return next::ask;
}

auth_exchange::next auth_exchange::refuse(unsigned code, std::string_view enhanced,
                                          std::string text) {
  says_ = {code, enhanced, std::move(text)};
  return next::refused;
}

}  // namespace postrider::smtp
