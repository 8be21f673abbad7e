#include "persistence/model.hpp"
#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/id_text.hpp"
#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct retry_options {
  server_options server;
  std::vector<std::int64_t> ids;
  std::int64_t user = 0;
  std::string message, provider, error, after, before, cursor;
  bool include_final = false, dry_run = false;
};

json::object request_of(const retry_options& given) {
  json::object body;
  const auto add = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) body[name] = text;
  };
  if (!given.ids.empty()) body["ids"] = json::array(given.ids.begin(), given.ids.end());
  add("message_id", given.message);
  if (given.user != 0) body["user_id"] = given.user;
  add("provider", given.provider);
  add("error_code", given.error);
  add("created_after", given.after);
  add("created_before", given.before);
  if (given.include_final) body["include_final"] = true;
  if (given.dry_run) body["dry_run"] = true;
  add("cursor", given.cursor);
  return body;
}

/// The sum of all answers.
struct total {
  std::int64_t selected = 0, retried = 0;
  json::array skipped, waiting;
  /// Where the next answer begins; empty when there is no more.
  std::string cursor;

  void add(const json::object& report) {
    selected += number(report, "selected");
    retried += number(report, "retried");
    const auto& more = member_array(report, "skipped");
    skipped.insert(skipped.end(), more.begin(), more.end());
    for (const auto* one : member_objects(report, "waiting"))
      add_waiting(*one);
    cursor = member_text(report, "next_cursor");
  }
  /// They are due, and their provider takes nothing now.
  std::int64_t wait() const {
    std::int64_t sum = 0;
    for (const auto& one : waiting)
      sum += number(one.as_object(), "count");
    return sum;
  }
  json::object document() const {
    json::object all{{"selected", selected},        {"retried", retried},     {"skipped", skipped},
                     {"has_more", !cursor.empty()}, {"next_cursor", nullptr}, {"waiting", waiting}};
    if (!cursor.empty()) all["next_cursor"] = cursor;
    return all;
  }

 private:
  void add_waiting(const json::object& one) {
    for (auto& known : waiting) {
      auto& at = known.as_object();
      if (member_text(at, "provider") != member_text(one, "provider")) continue;
      at["count"] = number(at, "count") + number(one, "count");
      return;
    }
    waiting.push_back(one);
  }
  static std::int64_t number(const json::object& report, std::string_view name) {
    const auto* value = report.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
  }
};

std::string waiting_text(const json::object& one) {
  const auto count = member_text(one, "count"), until = member_text(one, "until");
  return fmt::format("  {} {} for {}, which takes nothing now{}\n", count,
                     count == "1" ? "waits" : "wait", member_text(one, "provider"),
                     until.empty() ? "" : "; it is tried again at " + until);
}

std::string report_text(const total& all, const retry_options& given) {
  if (all.selected == 0)
    return request_of(given).empty() ? "no transaction waits for a retry or its next round\n"
                                     : "no transaction to retry\n";
  auto text = given.dry_run
                  ? fmt::format("{} of {} transactions would be retried\n",
                                all.selected - std::ssize(all.skipped) - all.wait(), all.selected)
                  : fmt::format("{} of {} transactions are retried now\n", all.retried - all.wait(),
                                all.selected);
  for (const auto& one : all.waiting)
    text += waiting_text(one.as_object());
  for (const auto& element : all.skipped) {
    if (const auto* one = element.if_object())
      text += fmt::format("  not #{}: {}\n", member_text(*one, "id"), member_text(*one, "reason"));
  }
  return text;
}

/// How often one page is asked for, and the longest pause in between.
constexpr int max_tries = 5;
constexpr std::chrono::seconds longest_pause{60};

/// Repeats the request after the server's Retry-After.
outcome<http_reply> ask_for_page(command_context& context, http_client& server,
                                 const json::object& body) {
  for (int tries = 1;; ++tries) {
    auto reply = server.request("POST", "/v1/retry", json::serialize(body));
    const bool again = reply && (reply->status == 429 || reply->status == 503) &&
                       reply->retry_after > std::chrono::seconds(0);
    if (!again || tries == max_tries) return reply;
    context.pause(std::min(reply->retry_after, longest_pause));
  }
}

void print(command_context& context, const retry_options& given, const total& all) {
  context.out << (given.server.json ? json::serialize(all.document()) + "\n"
                                    : report_text(all, given))
              << std::flush;
}

/// Reports the work before the failure, and how to go on.
int fail_between(command_context& context, const retry_options& given, const total& all,
                 const failure& why) {
  if (all.cursor.empty()) return fail(context, given.server, why);
  print(context, given, all);
  return fail(context,
              why.sentence() + "\n  not finished; repeat the command with --cursor " + all.cursor);
}

/// Asks again from where each answer ended, until all were seen.
int retry(command_context& context, const retry_options& given) {
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  auto body = request_of(given);
  if (is_transaction_number(given.message)) {
    const auto transaction = ask(*server, "GET", "/v1/transactions/" + given.message);
    if (!transaction) return fail(context, given.server, transaction.error());
    body["message_id"] = member_text(*transaction, "message_id");
  }
  total all;
  for (;;) {
    const auto reply = ask_for_page(context, *server, body);
    if (!reply) return fail_between(context, given, all, reply.error());
    const auto report = understood_answer(*reply);
    if (!report) return fail_between(context, given, all, report.error());
    const auto asked = member_text(body, "cursor");
    all.add(*report);
    // The same place again would never end.
    if (all.cursor.empty() || asked == all.cursor) break;
    body["cursor"] = all.cursor;
  }
  print(context, given, all);
  return done;
}

std::string refusal_of_error(const std::string& text) {
  const auto known = persistence::parse_error_code(text);
  if (known && *known != persistence::error_code::none) return {};
  return fmt::format("there is no error code \"{}\"; known are {}", text,
                     persistence::error_code_list());
}

void add_retry_filters(CLI::App& sub, retry_options& given) {
  const auto ids = add_option(sub, "--id", given.ids, "Only these transactions");
  ids.check(refusal_of_id);
  add_option(sub, "--message", given.message,
             "Only those of this message (its id, or the number of one of its transactions)")
      .excludes(ids);
  add_option(sub, "--user", given.user, "Only those of this user").check(refusal_of_id);
  add_option(sub, "--provider", given.provider, "Only those that failed at this provider");
  add_option(sub, "--error", given.error, "Only those with this error code")
      .check(refusal_of_error);
  add_option(sub, "--created-after", given.after, "Only those made at or after this time");
  add_option(sub, "--created-before", given.before, "Only those made before this time");
  add_flag(sub, "--include-final", given.include_final,
           "Also final failures in history: each begins a new chain (given-up ones only by --id)");
  add_flag(sub, "--dry-run", given.dry_run,
           "Show the transactions that would be retried, and change nothing");
  add_option(sub, "--cursor", given.cursor, "Continue from this cursor");
}

}  // namespace

void add_retry(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<retry_options>();
  auto* sub = add_command(
      app, "retry", "Retry failed deliveries now, all or those matching the filters.",
      "  postrider retry\n"
      "  postrider retry --provider sms-main --error unavailable\n"
      "  postrider retry --include-final --created-after 2026-11-23T00:00:00Z --dry-run\n"
      "  postrider retry --id 17 --id 18 --include-final\n",
      "0 done (also with nothing to retry), 1 failed, 2 usage.");
  add_server_options(*sub, given->server);
  add_retry_filters(*sub, *given);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return retry(context, *given); };
  });
}

}  // namespace postrider::cli
