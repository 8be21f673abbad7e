#include "tools/postrider/sendmail/smtp_session.hpp"

#include "actors/providers/transfer/smtp/mail_request.hpp"
#include "base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::cli {

namespace {

using verdict = recipient_result::verdict;
using results = std::vector<recipient_result>;

constexpr int max_reply_lines = 100;
constexpr std::size_t max_reply_text = 1'000;
constexpr int closing = 421;

bool is_not_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool has_other_letters(std::string_view text) { return std::ranges::any_of(text, is_not_ascii); }

/// The verdict that a reply other than 2xx means.
verdict verdict_of(int code) { return code / 100 == 5 ? verdict::refused : verdict::later; }

results all(const outgoing_mail& mail, verdict is, const std::string& reason) {
  results made;
  for (const auto& recipient : mail.recipients)
    made.push_back({recipient, is, reason});
  return made;
}

}  // namespace

outcome<smtp_session> smtp_session::open(const std::string& path, const time_limits& limits) {
  auto connected = socket_lines::connect(path, limits.connect);
  if (!connected) return connected.error();
  return begin(std::move(*connected), limits);
}

outcome<smtp_session> smtp_session::begin(socket_lines connected, const time_limits& limits) {
  smtp_session session(std::move(connected), limits);
  if (const auto greeting = session.hear(limits.reply); !greeting.is_positive())
    return failure::because("the server does not serve: " + greeting.text);
  if (const auto hello = session.say("EHLO localhost"); !hello.is_positive())
    return failure::because("the server refuses EHLO: " + hello.text);
  return session;
}

smtp_session::reply smtp_session::hear(milliseconds limit) {
  reply heard;
  for (int count = 0; count < max_reply_lines; ++count) {
    auto line = lines_.read(limit);
    if (!line) {
      usable_ = false;
      return {0, line.error().sentence()};
    }
    const bool coded =
        line->size() >= 3 && std::all_of(line->begin(), line->begin() + 3, ascii::is_digit);
    if (!coded || (line->size() > 3 && (*line)[3] != ' ' && (*line)[3] != '-')) break;
    heard.code = std::stoi(line->substr(0, 3));
    for (char& c : *line)
      if (ascii::is_control(c) || is_not_ascii(c)) c = '?';
    read_extensions(*line);
    const auto words = line->size() > 4 ? line->substr(4) : std::string();
    if (heard.text.size() + words.size() < max_reply_text)
      heard.text += (heard.text.empty() ? *line : " " + words);
    if (line->size() == 3 || (*line)[3] == ' ') {
      if (heard.code == closing) usable_ = false;
      return heard;
    }
  }
  usable_ = false;
  return {0, "the server does not speak SMTP"};
}

smtp_session::reply smtp_session::say(const std::string& command) {
  if (const auto sent = lines_.write(command + "\r\n", limits_.reply); !sent) {
    usable_ = false;
    return {0, sent.error().sentence()};
  }
  return hear(limits_.reply);
}

smtp_session::reply smtp_session::say_text(const std::string& text) {
  const auto sent = lines_.write(actors::smtp::dotted(text), limits_.reply);
  if (sent) return hear(limits_.dot);
  // A server may have refused the mail before it closed the connection.
  const auto last_word = hear(milliseconds(0));
  usable_ = false;
  return last_word.code / 100 == 5 ? last_word : reply{0, sent.error().sentence()};
}

void smtp_session::read_extensions(const std::string& line) {
  if (!line.starts_with("250") || line.size() < 5) return;
  const auto keyword = ascii::lower_case(line.substr(4, line.find(' ', 4) - 4));
  if (keyword == "size") has_size_ = true;
  if (keyword == "8bitmime") has_8bit_ = true;
  if (keyword == "smtputf8") has_utf8_ = true;
}

std::string smtp_session::mail_command(const outgoing_mail& mail, bool international) const {
  auto command = fmt::format("MAIL FROM:<{}>", mail.sender);
  if (has_size_) command += fmt::format(" SIZE={}", mail.text.size());
  if (has_8bit_ && has_other_letters(mail.text)) command += " BODY=8BITMIME";
  if (international) command += " SMTPUTF8";
  return command;
}

void smtp_session::reset() {
  if (usable_ && !say("RSET").is_positive()) usable_ = false;
}

results smtp_session::send(const outgoing_mail& mail) {
  const bool international =
      has_other_letters(mail.sender) || std::ranges::any_of(mail.recipients, has_other_letters);
  if (international && !has_utf8_)
    return all(mail, verdict::refused, "the server takes no address with letters beyond ASCII");
  if (const auto begun = say(mail_command(mail, international)); !begun.is_positive()) {
    reset();
    return all(mail, verdict_of(begun.code), begun.text);
  }
  results made;
  for (const auto& recipient : mail.recipients) {
    const auto answer = usable_ ? say(fmt::format("RCPT TO:<{}>", recipient))
                                : reply{0, "the server closed the connection"};
    made.push_back(
        {recipient, answer.is_positive() ? verdict::taken : verdict_of(answer.code), answer.text});
  }
  const bool any = std::ranges::any_of(
      made, [](const recipient_result& one) { return one.is == verdict::taken; });
  if (!any) {
    reset();
    return made;
  }
  return send_text(std::move(made), mail);
}

/// The results are those of RCPT: `taken` is only the server's word for the address.
results smtp_session::send_text(results made, const outgoing_mail& mail) {
  auto answer = usable_ ? say("DATA") : reply{0, "the server closed the connection"};
  const bool wanted = answer.code == 354;
  if (wanted) answer = say_text(mail.text);
  for (auto& one : made) {
    if (one.is != verdict::taken) continue;
    if (!wanted || !answer.is_positive()) one.is = verdict_of(answer.code);
    one.reason = answer.text;
  }
  if (!wanted) reset();
  return made;
}

void smtp_session::quit() {
  if (usable_) say("QUIT");
  usable_ = false;
}

}  // namespace postrider::cli
