#include "actors/providers/transfer/smtp/login.hpp"

#include "base/base64.hpp"

#include <algorithm>

namespace postrider::actors::smtp {
namespace {

using namespace std::string_literals;

/// A command with its line end (RFC 5321, 4.5.3.1.4). Access tokens are often longer.
constexpr std::size_t longest_command = 512;

std::vector<std::string> answers_by(std::string_view mechanism, const mail_envelope& mail) {
  if (mechanism == "LOGIN") return {base64_encoded(mail.username), base64_encoded(mail.password)};
  if (mechanism == "XOAUTH2")
    return {base64_encoded("user=" + mail.username + "\1auth=Bearer " + mail.password + "\1\1")};
  return {base64_encoded("\0"s + mail.username + '\0' + mail.password)};
}

login login_by(std::string_view mechanism, const mail_envelope& mail) {
  auto way = login{"AUTH " + std::string(mechanism), answers_by(mechanism, mail)};
  const auto& first = way.answers.front();
  if (way.command.size() + 1 + first.size() + 2 > longest_command) return way;
  way.command.append(" ").append(first);
  way.answers.erase(way.answers.begin());
  return way;
}

}  // namespace

std::optional<login> choose_login(const mail_envelope& mail, const extensions& server) {
  const auto offers = [&](std::string_view mechanism) {
    return std::ranges::find(server.mechanisms, mechanism) != server.mechanisms.end();
  };
  // A password serves these only; GSSAPI, NTLM and the like need more.
  const std::vector<std::string> wanted = mail.mechanism.empty()
                                              ? std::vector<std::string>{"PLAIN", "LOGIN"}
                                              : std::vector<std::string>{mail.mechanism};
  const auto found = std::ranges::find_if(wanted, offers);
  if (found == wanted.end()) return std::nullopt;
  return login_by(*found, mail);
}

}  // namespace postrider::actors::smtp
