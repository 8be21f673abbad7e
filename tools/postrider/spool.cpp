#include "base/time_text.hpp"
#include "tools/postrider/id_text.hpp"
#include "tools/postrider/sendmail/as_user.hpp"
#include "tools/postrider/sendmail/caller.hpp"
#include "tools/postrider/sendmail/durable_file.hpp"
#include "tools/postrider/sendmail/spool_list.hpp"
#include "tools/postrider/sendmail/spool_metrics.hpp"
#include "tools/postrider/sendmail/spool_place.hpp"
#include "tools/postrider/sendmail_command.hpp"
#include "tools/postrider/spool_command.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <ostream>
#include <sysexits.h>
#include <unistd.h>

namespace postrider::cli {

namespace {

namespace json = boost::json;

std::optional<std::vector<mail_spool>> spools_of_caller(command_context& context) {
  const auto limits = limits_of_spool(context.variables);
  if (!limits) return fail(context, limits.error().sentence()), std::nullopt;
  const auto folders = spool_folders(surroundings_of_caller(context.variables));
  if (!folders) return fail(context, folders.error().sentence()), std::nullopt;
  std::vector<mail_spool> found;
  for (const auto& folder : *folders)
    found.emplace_back(folder, *limits);
  return found;
}

// ---- send --------------------------------------------------------------------------------------

struct send_totals {
  std::size_t sent = 0, refused = 0;
  std::string why;
};

void send_all_of(command_context& context, mail_spool& spool, spool_sender& sender,
                 send_totals& totals) {
  const auto report = sender.send(spool, std::numeric_limits<std::size_t>::max());
  for (const auto& one : report.refused)
    context.err << "postrider: " << one.sentence << std::endl;
  totals.sent += report.sent;
  totals.refused += report.refused.size();
  if (!report.why.empty())
    totals.why = fmt::format("mails that wait in {}: {}; {}", spool.folder(),
                             spool.waiting().size(), report.why);
}

int report_totals(command_context& context, const send_totals& totals) {
  if (totals.sent > 0) context.out << "mails sent: " << totals.sent << std::endl;
  if (!totals.why.empty()) {
    fail(context, totals.why);
    return EX_TEMPFAIL;
  }
  return totals.refused > 0 ? failed : done;
}

int send_spools(command_context& context, std::vector<mail_spool>& spools) {
  auto sender = server_of_mail(context);
  send_totals totals;
  for (auto& spool : spools)
    if (totals.why.empty()) send_all_of(context, spool, sender, totals);
  sender.quit();
  return report_totals(context, totals);
}

/// Moves the refused mails back, behind those that wait.
bool wait_again(command_context& context, std::vector<mail_spool>& spools) {
  bool all = true;
  for (auto& spool : spools)
    for (const auto& one : spool.refused()) {
      const auto now =
          std::chrono::time_point_cast<std::chrono::microseconds>(context.wall_clock());
      const auto moved = spool.wait_again(one.name, now);
      if (!moved) fail(context, fmt::format("{}: {}", one.name, moved.error().sentence()));
      all = all && moved.has_value();
    }
  return all;
}

// ---- all users ---------------------------------------------------------------------------------

/// Calls `work` with each user's spool, as that user; false when somebody's could not be served.
bool for_all_users(command_context& context, const std::function<user_result(mail_spool&)>& work,
                   const std::function<void(const user_folder&, const user_result&)>& take) {
  bool all = true;
  for (const auto& folder : folders_of_users(std::string(common_spool))) {
    // The child has a copy of what is not written yet.
    context.out.flush();
    context.err.flush();
    const auto result = run_as_user(folder.user, [&] {
      mail_spool spool(folder.path);
      auto made = work(spool);
      context.out.flush();
      context.err.flush();
      return made;
    });
    if (result) take(folder, *result);
    else all = fail(context, result.error().sentence()) == done;
  }
  return all;
}

bool is_for_root(command_context& context) {
  if (::geteuid() == 0) return true;
  fail(context, "--all needs root; without it only this user's own spool is meant");
  return false;
}

int send_of_all_users(command_context& context) {
  if (!is_for_root(context)) return failed;
  int code = done;
  const bool all = for_all_users(
      context,
      [&](mail_spool& spool) {
        std::vector<mail_spool> one{spool};
        return user_result{send_spools(context, one), {}};
      },
      [&](const user_folder&, const user_result& result) {
        if (result.code != done && code != failed) code = result.code;
      });
  return all ? code : failed;
}

/// False when somebody's could not be read, which has been said then.
bool list_all_users(command_context& context, json::array& mails) {
  if (!is_for_root(context)) return false;
  bool whole = true;
  const bool all = for_all_users(
      context,
      [](mail_spool& spool) {
        return user_result{done, json::serialize(spool_list(spool))};
      },
      [&](const user_folder& folder, const user_result& result) {
        boost::system::error_code wrong;
        const auto list = json::parse(result.text, wrong);
        if (wrong || !list.is_array()) {
          whole = fail(context, fmt::format("the mails in {} are too many to list", folder.path)) ==
                  done;
          return;
        }
        for (auto one : list.get_array()) {
          one.as_object()["user"] = login_of_user(folder.user);
          mails.push_back(std::move(one));
        }
      });
  return all && whole;
}

// ---- metrics -----------------------------------------------------------------------------------

int print_metrics(command_context& context, const spool_options& given) {
  std::vector<user_numbers> users;
  if (given.all) {
    if (!is_for_root(context)) return failed;
    const bool all = for_all_users(
        context,
        [](mail_spool& spool) {
          return user_result{done, to_line(numbers_of(spool))};
        },
        [&](const user_folder& folder, const user_result& result) {
          users.push_back(
              {login_of_user(folder.user), numbers_in(result.text).value_or(spool_numbers{})});
        });
    if (!all) return failed;
  } else {
    const auto spools = spools_of_caller(context);
    if (!spools) return failed;
    spool_numbers numbers;
    for (const auto& spool : *spools)
      numbers += numbers_of(spool);
    users.push_back({login_of_user(::geteuid()), numbers});
  }
  const auto text = spool_metrics(users);
  if (given.output.empty()) {
    context.out << text;
    return done;
  }
  const std::filesystem::path path(given.output);
  const auto folder = path.has_parent_path() ? path.parent_path().string() : ".";
  // Readers of the file are not root.
  const auto written = write_durably(folder, path.filename().string(), text, 0644);
  return written ? static_cast<int>(done) : fail(context, written.error().sentence());
}

// ---- show, delete ------------------------------------------------------------------------------

mail_spool::id number_in(const std::string& text) {
  mail_spool::id number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

int no_such_mail(command_context& context, const std::string& id) {
  return fail(context, fmt::format("there is no mail {} in the spool; see: postrider spool", id));
}

int show_mail(command_context& context, const spool_options& given) {
  const auto spools = spools_of_caller(context);
  if (!spools) return failed;
  for (const auto& spool : *spools) {
    const auto name = number_in(given.id);
    if (!spool.is_waiting(name) && !spool.is_refused(name)) continue;
    const auto stored = spool.read(name);
    if (!stored) return fail(context, stored.error().sentence());
    context.out << spool_file_text(*stored);
    return done;
  }
  return no_such_mail(context, given.id);
}

int delete_mails(command_context& context, const spool_options& given) {
  auto spools = spools_of_caller(context);
  if (!spools) return failed;
  int code = done;
  for (const auto& id : given.ids) {
    bool removed = false;
    for (auto& spool : *spools)
      removed = spool.remove(number_in(id)) || spool.remove_refused(number_in(id)) || removed;
    if (!removed) code = no_such_mail(context, id);
  }
  return code;
}

// ---- command lines -----------------------------------------------------------------------------

void add_send_spool(CLI::App& spool, spool_options& given) {
  auto* sub = add_command(spool, "send", "Send the mails that wait, in their order.",
                          "  postrider spool send\n"
                          "  postrider spool send --refused     # after the reason was mended\n"
                          "  postrider spool send --all         # of every user; a timer does it\n",
                          "0 nothing waits any more, 1 failed, or some were refused (shown), "
                          "2 usage, 75 the server is away and mails wait.");
  const auto all = add_flag(*sub, "--all", given.all, "the spools of all users; needs root");
  add_flag(*sub, "--refused", given.refused, "first put the refused mails behind those that wait")
      .excludes(all);
}

void add_show_mail(CLI::App& spool, spool_options& given) {
  auto* sub = add_command(spool, "show", "Show a mail of the spool with its envelope.",
                          "  postrider spool show 1763869200000000\n",
                          "0 shown, 1 there is none, or failed, 2 usage.");
  add_option(*sub, "ID", given.id, "the mail's id").required().check(refusal_of_id);
}

void add_delete_mail(CLI::App& spool, spool_options& given) {
  auto* sub = add_command(spool, "delete", "Delete mails of the spool; nobody gets them.",
                          "  postrider spool delete 1763869200000000\n",
                          "0 deleted, 1 there is none, 2 usage.");
  add_option(*sub, "ID", given.ids, "the ids of the mails").required().check(refusal_of_id);
}

void add_spool_metrics(CLI::App& spool, spool_options& given) {
  auto* sub = add_command(
      spool, "metrics", "Print the number and age of the mails that wait, for Prometheus.",
      "  postrider spool metrics\n"
      "  postrider spool metrics --all --output /var/lib/prometheus/node-exporter/postrider.prom\n",
      "0 done, 1 failed, 2 usage.");
  add_flag(*sub, "--all", given.all, "the spools of all users; needs root");
  add_option(*sub, "--output", given.output,
             "write this file in place of the standard output, whole or not at all")
      .type_name("FILE");
}

}  // namespace

int list_spool(command_context& context, const spool_options& given) {
  json::array mails;
  std::string last;
  if (given.all_listed) {
    if (!list_all_users(context, mails)) return failed;
  } else {
    const auto spools = spools_of_caller(context);
    if (!spools) return failed;
    for (const auto& spool : *spools) {
      for (auto& one : spool_list(spool))
        mails.push_back(std::move(one));
      if (const auto failure = spool.last_failure(); failure && !spool.waiting().empty())
        last = fmt::format("last attempt {}: {}\n", to_rfc3339(failure->at), failure->reason);
    }
  }
  if (given.json) context.out << json::serialize(mails) << '\n';
  else if (mails.empty()) context.out << "The spool is empty.\n";
  else context.out << spool_table(mails) << last;
  return done;
}

int send_spool(command_context& context, const spool_options& given) {
  if (given.all) return send_of_all_users(context);
  auto spools = spools_of_caller(context);
  if (!spools) return failed;
  if (given.refused && !wait_again(context, *spools)) return failed;
  return send_spools(context, *spools);
}

void add_spool(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<spool_options>();
  auto* sub = add_command(app, "spool",
                          "List the mails of \"postrider sendmail\" that wait for the server.",
                          "  postrider spool\n"
                          "  postrider spool --json\n"
                          "  postrider spool --all     # of every user\n"
                          "  postrider spool send\n"
                          "  postrider spool show 1763869200000000\n",
                          "0 done, 1 failed, 2 usage.");
  require_subcommand(*sub, 0, 1);
  add_flag(*sub, "--json", given->json, "print the list as JSON");
  add_flag(*sub, "--all", given->all_listed, "the spools of all users; needs root");
  add_send_spool(*sub, *given);
  add_show_mail(*sub, *given);
  add_delete_mail(*sub, *given);
  add_spool_metrics(*sub, *given);
  when_chosen(*sub, [&context, &chosen, given, sub] {
    chosen = [&context, given, asked = chosen_subcommand(*sub)] {
      if (asked == "send") return send_spool(context, *given);
      if (asked == "show") return show_mail(context, *given);
      if (asked == "delete") return delete_mails(context, *given);
      return asked == "metrics" ? print_metrics(context, *given) : list_spool(context, *given);
    };
  });
}

}  // namespace postrider::cli
