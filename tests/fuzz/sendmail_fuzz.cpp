#include "tests/fuzz/fuzz.hpp"
#include "tools/postrider/sendmail/composition.hpp"
#include "tools/postrider/sendmail/spool_file.hpp"

#include <sstream>

using namespace postrider;

namespace {

/// RFC 5321, 2.3.8: no CR or LF alone, and no NUL.
void check_lines(const std::string& text) {
  fuzz::require(text.find('\0') == std::string::npos, "no NUL");
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') fuzz::require(i > 0 && text[i - 1] == '\r', "no LF alone");
    if (text[i] == '\r') fuzz::require(i + 1 < text.size() && text[i + 1] == '\n', "no CR alone");
  }
  fuzz::require(text.ends_with("\r\n"), "the last line has an end");
}

void check_address(const std::string& address) {
  for (const char c : address)
    fuzz::require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f, "an address is one line");
}

void check(const cli::outgoing_mail& mail) {
  check_lines(mail.text);
  check_address(mail.sender);
  fuzz::require(!mail.recipients.empty() && mail.recipients.size() <= cli::max_mail_recipients,
                "recipients, and not too many");
  for (const auto& one : mail.recipients)
    check_address(one);
  const auto header = "\r\n" + mail.text.substr(0, mail.text.find("\r\n\r\n") + 2);
  for (const auto* field : {"\r\nbcc:", "\r\nBcc:", "\r\nBCC:"})
    fuzz::require(header.find(field) == std::string::npos, "Bcc is left out");
  const cli::spooled_mail stored{mail, "550 no"};
  const auto read = cli::read_spool_file(cli::spool_file_text(stored));
  fuzz::require(read.has_value() && read->mail == mail && read->reason == "550 no",
                "a mail of the spool is the same again");
}

}  // namespace

/// A command line of sendmail, a line feed, and its standard input; the same bytes as a file of the
/// spool.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  if (const auto stored = cli::read_spool_file(text); stored)
    fuzz::require(cli::read_spool_file(cli::spool_file_text(*stored)).has_value(),
                  "a mail of the spool can be written again");
  std::istringstream line{std::string(fuzz::take_line(text))};
  std::vector<std::string> arguments;
  for (std::string word; line >> word;)
    arguments.push_back(word);
  const auto given = cli::parse_sendmail_arguments(arguments);
  if (!given) {
    fuzz::require(!given.error().sentence().empty(), "a refusal says why");
    return 0;
  }
  if (given->what != cli::sendmail_arguments::action::submit) return 0;
  const cli::mail_origin origin{"ann", "Ann Bee", "host.example", "17.ab", {}};
  const auto mail = cli::compose(*given, text, origin);
  if (mail) check(*mail);
  else fuzz::require(!mail.error().sentence().empty(), "a refusal says why");
  return 0;
}
