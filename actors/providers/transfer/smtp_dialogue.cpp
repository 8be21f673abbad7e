#include "actors/providers/transfer/smtp_dialogue.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <optional>

namespace postrider::actors {
namespace {

constexpr std::size_t max_replies = 32;
constexpr std::size_t max_reply_text = 1'000;

using ascii::is_digit;

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.remove_suffix(1);
  return line;
}

bool has_verb(std::string_view line, std::string_view verb) {
  return line.size() >= verb.size() &&
         std::equal(verb.begin(), verb.end(), line.begin(), [](char expected, char c) {
           return expected == (c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
         });
}

std::optional<smtp_command> command_of(std::string_view line) {
  constexpr std::pair<std::string_view, smtp_command> verbs[]{
      {"EHLO", smtp_command::ehlo},         {"HELO", smtp_command::ehlo},
      {"STARTTLS", smtp_command::starttls}, {"AUTH", smtp_command::auth},
      {"MAIL", smtp_command::mail},         {"RCPT", smtp_command::rcpt},
      {"DATA", smtp_command::data}};
  for (const auto& [verb, command] : verbs)
    if (has_verb(line, verb)) return command;
  return std::nullopt;
}

}  // namespace

void smtp_dialogue::sent(std::string_view line) {
  // The answers of a login are base64 and could look like any verb.
  const bool login =
      awaiting_.empty() && last_answered_ == smtp_command::auth && last() && last()->code == 334;
  if (login) {
    awaiting_.push_back(smtp_command::auth);
    return;
  }
  if (has_verb(line, "QUIT")) quit_ = true;
  const auto command = command_of(line);
  if (!command) return;
  // A connection that served before was greeted then.
  if (!is_begun()) awaiting_.clear();
  if (awaiting_.empty()) text_.clear();
  awaiting_.push_back(*command);
  ++commands_;
  tls_begun_ = false;
  if (*command == smtp_command::mail) mail_begun_ = true;
}

void smtp_dialogue::received(std::string_view line) {
  bytes_received_ += line.size();
  line = without_line_end(line);
  if (quit_ || line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return;
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return;
  const auto command = current();
  reply_begun_ = message_ended_ && command == smtp_command::message;
  const auto words = line.substr(std::min<std::size_t>(4, line.size()));
  if (!text_.empty() && !words.empty()) text_ += ' ';
  // For people and the database: whatever else a server sends is shown as a question mark.
  for (char c : words.substr(0, max_reply_text - std::min(max_reply_text, text_.size())))
    text_ += c >= ' ' && c < 0x7f ? c : '?';
  if (line.size() > 3 && line[3] == '-') return;

  if (replies_.size() == max_replies) replies_.pop_back();
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  replies_.push_back({command, code, std::move(text_)});
  text_.clear();
  ++replies_received_;
  last_answered_ = command;
  if (!awaiting_.empty()) awaiting_.pop_front();
  tls_begun_ = command == smtp_command::starttls && code / 100 == 2;
  if (command == smtp_command::data && code == 354) awaiting_.push_front(smtp_command::message);
}

transfer_stage smtp_dialogue::stage() const {
  if (reply_begun_) return transfer_stage::reply_started;
  // The dot of a message that the server had not asked for cannot have gone out.
  if (message_ended_ && current() == smtp_command::message) return transfer_stage::request_written;
  if (mail_begun_) return transfer_stage::request_partly_written;
  if (tls_begun_) return transfer_stage::tls_handshake;
  return is_begun() ? transfer_stage::logging_in : transfer_stage::connecting;
}

}  // namespace postrider::actors
