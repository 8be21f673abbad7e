#include "tools/postrider/commands.hpp"
#include "tools/postrider/sendmail/arguments.hpp"
#include "tools/postrider/sendmail/caller.hpp"
#include "tools/postrider/sendmail/spool_place.hpp"
#include "tools/postrider/sendmail/spool_sender.hpp"
#include "tools/postrider/sendmail_command.hpp"
#include "tools/postrider/spool_command.hpp"
#include "tools/postrider/text_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <ostream>
#include <sysexits.h>

namespace postrider::cli {

namespace {

using verdict = recipient_result::verdict;
using std::chrono::seconds;

/// After a failure the mails that come within this time wait without another attempt: each caller
/// would wait for a server that hangs.
constexpr seconds pause_after_failure{10};
/// So many mails of the spool go out before a new one, at most. The rest is for the timer.
constexpr std::size_t sent_before_new_mail = 100;

int refuse_mail(command_context& context, int code, const std::string& sentence) {
  context.err << "postrider: " << sentence << std::endl;
  return code;
}

mail_spool::wall_time time_now(const command_context& context) {
  return std::chrono::time_point_cast<std::chrono::microseconds>(context.wall_clock());
}

/// One mail on its way to the server or into the spool.
class submission {
 public:
  submission(command_context& context, const sendmail_arguments& given, const outgoing_mail& mail,
             spool_sender& sender)
      : context_(context), given_(given), mail_(mail), sender_(sender) {}

  int run() {
    if (const auto opened = open_spools(); !opened) spool_failure_ = opened.error().sentence();
    // Mails that wait go first.
    for (auto& spool : spools_) {
      if (send_waiting(spool)) continue;
      const int code = store(mail_, why_);
      // The other process may have looked for more before this mail was there.
      if (code == EX_OK && busy_) send_waiting(spools_.back());
      return code;
    }
    return take(sender_.send(mail_));
  }

 private:
  outcome<bool> open_spools() {
    const auto limits = limits_of_spool(context_.variables);
    if (!limits) return limits.error();
    const auto folders = spool_folders(surroundings_of_caller(context_.variables));
    if (!folders) return folders.error();
    for (const auto& folder : *folders)
      spools_.emplace_back(folder, *limits);
    return true;
  }

  /// Whether the spool is empty now.
  bool send_waiting(mail_spool& spool) {
    if (spool.waiting().empty()) return true;
    const auto last = spool.last_failure();
    // A clock that was set back makes the failure one of the future.
    const auto now = time_now(context_);
    if (last && last->at <= now && now - last->at < pause_after_failure) {
      why_ = last->reason;
      return false;
    }
    const auto report = sender_.send(spool, sent_before_new_mail);
    for (const auto& one : report.refused)
      context_.err << "postrider: " << one.sentence << std::endl;
    why_ = report.why;
    busy_ = report.busy;
    return why_.empty();
  }

  int store(const outgoing_mail& mail, const std::string& why) {
    if (!spool_failure_.empty())
      return refuse_mail(context_, EX_TEMPFAIL,
                         fmt::format("the mail was not sent, {}; and {}", why, spool_failure_));
    auto& spool = spools_.back();
    const bool first = spool.waiting().empty();
    const auto stored = spool.add(mail, time_now(context_));
    if (!stored)
      return refuse_mail(context_, EX_TEMPFAIL,
                         fmt::format("the mail was not sent, {}; and not stored, {}", why,
                                     stored.error().sentence()));
    if (first && !busy_) spool.note_failure(why);
    say(fmt::format("the mail waits in {} as {}: {}", spool.folder(), *stored, why));
    return EX_OK;
  }

  int take(const std::vector<recipient_result>& results) {
    int code = EX_OK;
    if (const auto refused = part_of(mail_, results, verdict::refused); !refused.recipients.empty())
      code = keep_refused(refused, first_reason(results, verdict::refused),
                          refused.recipients.size() == mail_.recipients.size());
    if (const auto later = part_of(mail_, results, verdict::later); !later.recipients.empty())
      if (const int stored = store(later, first_reason(results, verdict::later)); stored != EX_OK)
        return stored;
    if (code == EX_OK) say(first_reason(results, verdict::taken));
    return code;
  }

  /// The caller learns of it, and may be a program that does not listen: the mail is kept.
  int keep_refused(const outgoing_mail& refused, const std::string& reason, bool whole) {
    auto sentence =
        fmt::format("the server refused the mail to {}: {}", refused.recipients.front(), reason);
    if (!spools_.empty())
      if (const auto kept = spools_.back().add_refused(refused, reason, time_now(context_)); kept)
        sentence += fmt::format("; it is kept as {}, see: postrider spool", *kept);
    return refuse_mail(context_, whole ? EX_UNAVAILABLE : EX_NOUSER, sentence);
  }

  void say(const std::string& sentence) const {
    if (given_.verbose) context_.out << sentence << std::endl;
  }

  command_context& context_;
  const sendmail_arguments& given_;
  const outgoing_mail& mail_;
  spool_sender& sender_;
  std::vector<mail_spool> spools_;
  std::string spool_failure_, why_;
  bool busy_ = false;
};

int submit(command_context& context, const sendmail_arguments& given) {
  const auto input = read_text(context.in, "the mail");
  if (!input) return refuse_mail(context, EX_DATAERR, input.error().sentence());
  const auto now = std::chrono::time_point_cast<seconds>(context.wall_clock());
  const auto mail = compose(given, *input, origin_of_caller(now));
  if (!mail) return refuse_mail(context, EX_DATAERR, mail.error().sentence());
  auto sender = server_of_mail(context);
  const int code = submission(context, given, *mail, sender).run();
  sender.quit();
  return code;
}

int run_action(command_context& context, const std::vector<std::string>& arguments) {
  const auto given = parse_sendmail_arguments(arguments);
  if (!given) {
    refuse_mail(context, EX_USAGE, given.error().sentence());
    context.err << "Try: postrider sendmail --help" << std::endl;
    return EX_USAGE;
  }
  switch (given->what) {
    case sendmail_arguments::action::list_spool: return list_spool(context, {});
    case sendmail_arguments::action::send_spool: return send_spool(context, {});
    case sendmail_arguments::action::no_aliases: return EX_OK;
    default: return submit(context, *given);
  }
}

}  // namespace

spool_sender server_of_mail(const command_context& context) {
  return spool_sender(
      [socket = mail_socket(context.variables)] {
        return smtp_session::open(socket, smtp_session::time_limits{});
      },
      [&context] { return time_now(context); });
}

int run_sendmail(command_context& context, const std::vector<std::string>& arguments) {
  try {
    return run_action(context, arguments);
  } catch (const std::exception& unexpected) {
    return refuse_mail(context, EX_TEMPFAIL,
                       fmt::format("the mail was not sent: {}", unexpected.what()));
  }
}

void add_sendmail(CLI::App& app, command_context& context, command& chosen) {
  auto arguments = std::make_shared<std::vector<std::string>>();
  auto* sub = add_command(
      app, "sendmail", "Send a mail from the standard input, as sendmail does.",
      "  printf 'Subject: Backup failed\\n\\nSee the log.\\n' | postrider sendmail root\n"
      "  postrider sendmail -t -i < mail.eml\n"
      "  ln -s /usr/bin/postrider /usr/sbin/sendmail     # for cron, PHP and mail programs\n",
      "0 the server has the mail, or it waits in the spool, 64 usage, 65 the mail cannot be used, "
      "67 some recipients were refused, 69 the mail was refused, 75 it was neither sent nor "
      "stored.");
  // -h is the hop count of sendmail.
  sub->set_help_flag("--help", "Print this help message and exit");
  auto unused = std::make_shared<std::pair<bool, std::string>>();
  for (const auto& one : sendmail_options()) {
    if (one.help.empty()) continue;
    const auto name = std::string("-") + one.letter;
    if (one.takes == sendmail_option::value::none)
      add_flag(*sub, name, unused->first, std::string(one.help));
    else
      add_option(*sub, name, unused->second, std::string(one.help))
          .type_name(std::string(one.value_name));
  }
  add_option(*sub, "RECIPIENT", *arguments, "an address; one without a domain gets this machine's");
  when_chosen(*sub, [&context, &chosen, arguments, unused] {
    chosen = [&context, arguments] { return run_sendmail(context, *arguments); };
  });
}

}  // namespace postrider::cli
