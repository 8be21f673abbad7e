#include "tests/actors/providers/smtp_fixture.hpp"

namespace postrider::actors {

transfer_request mail_to(std::string url, std::string group) {
  transfer_request request;
  request.url = std::move(url);
  request.group = std::move(group);
  request.mail.emplace();
  request.mail->from = "postrider@example.org";
  request.mail->to = "ann@example.com";
  request.mail->helo = "client.example.org";
  request.mail->starttls = starttls_policy::never;
  request.body = "Subject: hello\r\n\r\nhello\r\n.dot\r\n";
  request.connect_timeout = std::chrono::seconds(15);
  request.timeout = std::chrono::seconds(15);
  return request;
}

std::string shown(const std::vector<smtp_reply>& replies) {
  std::string text;
  for (const auto& reply : replies) {
    if (!text.empty()) text += ", ";
    text.append(to_string(reply.command)).append(" ").append(std::to_string(reply.code));
  }
  return text;
}

}  // namespace postrider::actors
