#include "smtp/dialogue.hpp"

#include "base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace postrider::smtp {
namespace {

/// RFC 5321, 4.5.3.1.2.
constexpr std::size_t max_name = 255;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= max_name && std::ranges::none_of(text, [](char c) {
    return c == ' ' || ascii::is_control(c) || static_cast<unsigned char>(c) >= 0x80;
  });
}

/// The text behind "FROM:" or "TO:"; nothing: it begins otherwise. One blank is forgiven.
std::optional<std::string_view> after_word(std::string_view argument, std::string_view word) {
  if (!ascii::equals_ignoring_case(argument.substr(0, word.size()), word)) return std::nullopt;
  argument.remove_prefix(word.size());
  if (argument.starts_with(' ')) argument.remove_prefix(1);
  return argument;
}

/// A path and what is behind it, which a blank must separate.
std::optional<std::pair<mail_path, parameter_list>> path_and_parameters(std::string_view text) {
  auto path = take_path(text);
  if (!path || (!text.empty() && text.front() != ' ')) return std::nullopt;
  auto given = read_parameters(text);
  if (!given) return std::nullopt;
  return std::pair(std::move(*path), std::move(*given));
}

/// Such a command is the last of a group (RFC 2920, 3.1): a client that sends on does not wait for
/// an answer that decides what its next bytes mean.
bool ends_group(verb what) {
  return what == verb::ehlo || what == verb::helo || what == verb::data || what == verb::starttls ||
         what == verb::auth;
}

reply reply_to_fault(data_reader::fault wrong, std::size_t max_size) {
  using enum data_reader::fault;
  switch (wrong) {
    case too_large:
      return {552, "5.3.4",
              fmt::format("the mail is larger than {} bytes; send less, or raise max_size of "
                          "[smtp]",
                          max_size)};
    case no_room:
      return {452, "4.3.1", "the server holds as much mail as it may; send it again later"};
    case nul: return {554, "5.6.0", "the mail has a NUL byte; encode it"};
    case line_too_long:
      return {554, "5.6.0",
              fmt::format("a line is longer than {} bytes; wrap or encode it", max_data_line)};
    case bare_return:
      return {554, "5.6.0", "the mail has a CR without LF; end lines with CRLF (RFC 5321, 2.3.8)"};
    default: break;
  }
  return {554, "5.6.0", "the mail has an LF without CR; end lines with CRLF (RFC 5321, 2.3.8)"};
}

}  // namespace

dialogue::dialogue(const smtp_settings& settings, client_facts client, dialogue_host& host,
                   memory_budget& budget, std::shared_ptr<inbound::source_history> of_users)
    : settings_(settings),
      client_(std::move(client)),
      host_(host),
      budget_(budget),
      of_users_(std::move(of_users)) {}

void dialogue::greet(std::string& out) {
  append_reply(out, {220, {}, settings_.hostname + " ESMTP Postrider"});
}

dialogue::progress dialogue::feed(std::string_view received, std::string& out) {
  progress so_far;
  out_ = &out;
  for (;;) {
    const auto rest = received.substr(so_far.taken);
    if (rest.empty()) return so_far;
    const auto one = at_ == state::data ? take_data(rest, out) : take_line(rest, out);
    so_far.taken += one.taken;
    so_far.what = one.what;
    if (one.what != next::read || one.taken == 0) return so_far;
  }
}

dialogue::progress dialogue::take_data(std::string_view received, std::string&) {
  const auto taken = data_->feed(received);
  if (data_->done()) return {end_of_data(), taken};
  if (data_->is_hopeless()) {
    const auto why = reply_to_fault(data_reader::fault::too_large, settings_.max_size);
    return {bye(why.code, why.enhanced, why.text), taken};
  }
  return {next::read, taken};
}

dialogue::progress dialogue::take_line(std::string_view received, std::string&) {
  const auto most = at_ == state::auth || ascii::equals_ignoring_case(received.substr(0, 4), "auth")
                        ? max_auth_line
                        : max_command_line;
  const auto line = find_line(received, most);
  switch (line.state) {
    case line_state::more: return {};
    case line_state::complete: break;
    case line_state::too_long:
      return {bye(500, "5.5.2", fmt::format("a line has at most {} bytes", most)), received.size()};
    case line_state::bare_line_feed:
    case line_state::bare_return:
      // The bytes behind it may be what somebody else smuggled: none of them is obeyed.
      return {bye(500, "5.5.2", "lines end with CRLF (RFC 5321, 2.3.8)"), received.size()};
  }
  const auto taken = line.text.size() + 2;
  if (at_ == state::auth) {
    at_ = state::ready;
    return {go_on_with(auth_.take(line.text)), taken};
  }
  if (std::ranges::any_of(line.text, ascii::is_control))
    return {mistake(500, "5.5.2", "a command has no control characters"), taken};
  return {obey(read_command(line.text), received.size() > taken), taken};
}

dialogue::next dialogue::obey(const command& given, bool more_behind) {
  if (more_behind && ends_group(given.what))
    return bye(554, "5.5.0",
               "bytes came behind a command that has to be answered first (RFC 2920, 3.1)");
  if (given.what != verb::mail && given.what != verb::rcpt && given.what != verb::data &&
      ++idle_commands_ > max_idle_commands)
    return bye(421, "4.7.0", "too many commands without a mail");
  switch (given.what) {
    case verb::ehlo:
    case verb::helo: return hello(given);
    case verb::mail: return begin_mail(given.argument);
    case verb::rcpt: return add_recipient(given.argument);
    case verb::data: return begin_data(given.argument);
    case verb::starttls: return start_tls(given.argument);
    case verb::auth: return authenticate(given.argument);
    case verb::rset: {
      if (given.argument.empty()) forget_mail();
      return without_argument(given, {250, "2.0.0", "done"});
    }
    case verb::noop: return say(250, "2.0.0", "done");
    case verb::vrfy: return say(252, "2.0.0", "recipients are checked when mail is sent to them");
    case verb::help:
      return say(214, "2.0.0",
                 "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT STARTTLS AUTH; RFC 5321");
    case verb::quit: return bye(221, "2.0.0", "good bye");
    case verb::not_offered: return mistake(502, "5.5.1", "this command is not offered");
    case verb::foreign: return bye(554, "5.5.0", "this port speaks SMTP, not HTTP");
    case verb::unknown: break;
  }
  return mistake(500, "5.5.1", "this command is not known");
}

dialogue::next dialogue::hello(const command& given) {
  if (!is_name(given.argument))
    return mistake(501, "5.5.4", "name yourself: EHLO client.example.org");
  forget_mail();
  helo_ = given.argument;
  extended_ = given.what == verb::ehlo;
  at_ = state::ready;
  if (extended_) append_lines(*out_, 250, extensions());
  else append_reply(*out_, {250, {}, settings_.hostname});
  return next::read;
}

std::vector<std::string> dialogue::extensions() const {
  std::vector<std::string> lines{
      settings_.hostname, "PIPELINING", fmt::format("SIZE {}", settings_.max_size),
      "8BITMIME",         "SMTPUTF8",   "ENHANCEDSTATUSCODES"};
  if (client_.can_start_tls && !client_.encrypted) lines.emplace_back("STARTTLS");
  if (client_.private_way && !key_.is_given()) lines.emplace_back("AUTH PLAIN LOGIN");
  lines.emplace_back("HELP");
  return lines;
}

dialogue::next dialogue::start_tls(std::string_view argument) {
  if (!argument.empty()) return mistake(501, "5.5.4", "STARTTLS has no argument");
  if (client_.encrypted) return mistake(503, "5.5.1", "TLS is in use already");
  if (!client_.can_start_tls)
    return mistake(502, "5.5.1", "TLS is not offered here; set tls_certificate of [smtp]");
  if (in_transaction()) return mistake(503, "5.5.1", "STARTTLS comes before MAIL");
  append_reply(*out_, {220, "2.0.0", "begin TLS"});
  return next::start_tls;
}

void dialogue::tls_begun() {
  // RFC 3207, 4.2: nothing is left of what the client said before.
  forget_mail();
  at_ = state::fresh;
  extended_ = false;
  helo_.clear();
  key_.forget();
  client_.encrypted = client_.private_way = true;
}

// ---- a login ------------------------------------------------------------------------------

dialogue::next dialogue::authenticate(std::string_view argument) {
  if (at_ == state::fresh || !extended_) return mistake(503, "5.5.1", "say EHLO first");
  if (in_transaction()) return mistake(503, "5.5.1", "AUTH comes before MAIL");
  if (key_.is_given()) return mistake(503, "5.5.1", "you are logged in");
  if (!client_.private_way)
    return mistake(538, "5.7.11", "a key is sent over TLS only: say STARTTLS first");
  return go_on_with(auth_.begin(argument));
}

dialogue::next dialogue::go_on_with(auth_exchange::next what) {
  if (what == auth_exchange::next::known) return log_in();
  const auto& says = auth_.says();
  if (what == auth_exchange::next::refused) return mistake(says.code, says.enhanced, says.text);
  at_ = state::auth;
  return say(says.code, says.enhanced, says.text);
}

dialogue::next dialogue::log_in() {
  const auto refused = key_.log_in(auth_.key(), client_, host_);
  if (!refused) return say(235, "2.7.0", "welcome");
  const auto then = mistake(refused->code, refused->enhanced, refused->text);
  return refused->code == 535 && then == next::read ? next::hold_back : then;
}

// ---- a mail -------------------------------------------------------------------------------

std::optional<reply> dialogue::refusal_of_parameters(const parameter_list& given) {
  for (const auto& [keyword, value] : given) {
    if (keyword == "SIZE") {
      std::uint64_t size = 0;
      const auto last = value.data() + value.size();
      const auto [end, error] = std::from_chars(value.data(), last, size);
      if (error != std::errc() || end != last)
        return reply{501, "5.5.4", "SIZE is a number of bytes"};
      if (size > settings_.max_size)
        return reply_to_fault(data_reader::fault::too_large, settings_.max_size);
    } else if (keyword == "BODY") {
      if (!ascii::equals_ignoring_case(value, "7BIT") &&
          !ascii::equals_ignoring_case(value, "8BITMIME"))
        return reply{501, "5.5.4", "BODY is 7BIT or 8BITMIME"};
    } else if (keyword == "SMTPUTF8" && value.empty()) {
      takes_utf8_ = true;
    } else if (keyword != "AUTH") {
      // RFC 4954, 5: AUTH= is about whom a mail server believes, which none is asked here.
      return reply{555, "5.5.4", fmt::format("the parameter {} is not offered", keyword)};
    }
  }
  return std::nullopt;
}

dialogue::next dialogue::begin_mail(std::string_view argument) {
  if (at_ == state::fresh) return mistake(503, "5.5.1", "say EHLO first");
  if (in_transaction()) return mistake(503, "5.5.1", "a mail has begun; say RSET to leave it");
  if (auto why = host_.refuses_work(); !why.empty()) return bye(421, "4.3.2", std::move(why));
  if (const auto refused = key_.check(client_, host_))
    return mistake(refused->code, refused->enhanced, refused->text);
  const auto text = after_word(argument, "FROM:");
  const auto given = text ? path_and_parameters(*text) : std::nullopt;
  if (!given) return mistake(501, "5.5.4", "name the sender: MAIL FROM:<someone@example.org>");
  takes_utf8_ = false;
  if (!given->second.empty() && !extended_)
    return mistake(555, "5.5.4", "parameters come after EHLO");
  if (const auto refused = refusal_of_parameters(given->second))
    return mistake(refused->code, refused->enhanced, refused->text);
  if (!takes_utf8_ && !given->first.is_ascii())
    return mistake(550, "5.6.7", "such a sender needs the parameter SMTPUTF8");
  mail_.sender = given->first.text();
  mail_.client = key_.known();
  mail_.helo = helo_;
  at_ = state::mail;
  return say(250, "2.1.0", "go on");
}

dialogue::next dialogue::add_recipient(std::string_view argument) {
  if (at_ != state::mail) return mistake(503, "5.5.1", "MAIL comes before RCPT");
  const auto text = after_word(argument, "TO:");
  const auto given = text ? path_and_parameters(*text) : std::nullopt;
  if (!given) return mistake(501, "5.5.4", "name the recipient: RCPT TO:<alerts@example.org>");
  if (!given->second.empty())
    return mistake(555, "5.5.4",
                   fmt::format("the parameter {} is not offered", given->second.front().first));
  if (mail_.to.size() >= max_recipients)
    return say(
        452, "4.5.3",
        fmt::format("a mail has at most {} recipients; send the rest another one", max_recipients));
  if (!takes_utf8_ && !given->first.is_ascii())
    return mistake(553, "5.6.7", "such a recipient needs the parameter SMTPUTF8");
  const recipient_rules rules{client_.local ? settings_.local_source : std::string(),
                              settings_.postmaster, mail_.client.get(), of_users_};
  auto source = find_recipient(*host_.sources(), rules, given->first);
  if (!source) {
    auto why = source.error();
    return mistake(why.code, why.enhanced, std::move(why.text));
  }
  mail_.to.push_back({given->first.text(), std::move(*source)});
  return say(250, "2.1.5", "go on");
}

dialogue::next dialogue::begin_data(std::string_view argument) {
  if (!argument.empty()) return mistake(501, "5.5.4", "DATA has no argument");
  if (at_ != state::mail) return mistake(503, "5.5.1", "MAIL and RCPT come before DATA");
  if (mail_.to.empty()) return mistake(554, "5.5.1", "no recipient was accepted");
  at_ = state::data;
  data_.emplace(settings_.max_size, budget_);
  return say(354, {}, "send the mail, and a line with a dot at its end");
}

dialogue::next dialogue::end_of_data() {
  idle_commands_ = 0;
  if (data_->wrong() != data_reader::fault::none) {
    const auto why = reply_to_fault(data_->wrong(), settings_.max_size);
    forget_mail();
    return mistake(why.code, why.enhanced, why.text);
  }
  at_ = state::storing;
  mail_.content = std::move(data_->content());
  return next::store;
}

dialogue::next dialogue::stored(const reply& what, std::string& out) {
  out_ = &out;
  forget_mail();
  if (what.is_success()) mistakes_ = 0;
  say(what.code, what.enhanced, what.text);
  if (auto why = host_.refuses_work(); !why.empty()) return bye(421, "4.3.2", std::move(why));
  return next::read;
}

void dialogue::forget_mail() {
  mail_ = {};
  data_.reset();
  takes_utf8_ = false;
  if (in_transaction()) at_ = state::ready;
}

// ---- replies ------------------------------------------------------------------------------

dialogue::next dialogue::without_argument(const command& given, const reply& good) {
  if (!given.argument.empty()) return mistake(501, "5.5.4", "this command has no argument");
  return say(good.code, good.enhanced, good.text);
}

dialogue::next dialogue::say(unsigned code, std::string_view enhanced, std::string text) {
  append_reply(*out_, {code, enhanced, std::move(text)});
  return next::read;
}

dialogue::next dialogue::mistake(unsigned code, std::string_view enhanced, std::string text) {
  host_.count(refusal_of(enhanced));
  say(code, enhanced, std::move(text));
  if (++mistakes_ < max_mistakes) return next::read;
  return bye(421, "4.7.0", "too many mistakes");
}

dialogue::next dialogue::bye(unsigned code, std::string_view enhanced, std::string text) {
  say(code, enhanced, std::move(text));
  return next::close;
}

}  // namespace postrider::smtp
