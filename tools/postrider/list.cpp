#include "base/percent.hpp"
#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/id_text.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/text_table.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct list_options {
  server_options server;
  std::int64_t user = 0, limit = 20;
  std::string status, provider, type, recipient, error, after, before, cursor;
  bool live = false, history = false;
};

/// The server gives no more in one answer.
constexpr std::int64_t largest_page = 500;

std::string target_of(const list_options& given, std::int64_t limit, const std::string& cursor) {
  std::string target = given.user == 0 ? std::string("/v1/transactions")
                                       : fmt::format("/v1/users/{}/transactions", given.user);
  char before = '?';
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    target += fmt::format("{}{}={}", before, name, percent_encoded(value));
    before = '&';
  };
  add("status", given.status);
  add("provider", given.provider);
  add("provider_type", given.type);
  add("recipient", given.recipient);
  add("error_code", given.error);
  add("archived", given.live ? "false" : given.history ? "true" : "");
  add("created_after", given.after);
  add("created_before", given.before);
  add("limit", std::to_string(limit));
  add("cursor", cursor);
  return target;
}

/// All pages together.
struct listing {
  json::array rows;
  /// Where it goes on; empty when there is no more.
  std::string cursor;

  bool take(json::object page) {
    auto* more = page.if_contains("data");
    if (more == nullptr || !more->is_array()) return false;
    for (auto& row : more->get_array())
      rows.push_back(std::move(row));
    cursor = member_text(page, "next_cursor");
    return true;
  }
  json::object document() const {
    json::object all{{"data", rows}, {"has_more", !cursor.empty()}, {"next_cursor", nullptr}};
    if (!cursor.empty()) all["next_cursor"] = cursor;
    return all;
  }
};

std::string report(const listing& all) {
  if (all.rows.empty()) return "no transactions found\n";
  std::vector<std::vector<std::string>> rows{
      {"ID", "CREATED", "USER", "RECIPIENT", "PROVIDER", "STATE"}};
  for (const auto& element : all.rows)
    if (const auto* one = element.if_object())
      rows.push_back({"#" + member_text(*one, "id"), member_text(*one, "created_at"),
                      member_text(*one, "user_id"), member_text(*one, "recipient"),
                      member_text(*one, "provider"), transaction_state(*one)});
  auto text = text_table(rows);
  if (!all.cursor.empty())
    text += fmt::format("more: repeat the command with --cursor {}\n", all.cursor);
  return text;
}

/// A page may have few rows, or none, and there are more all the same.
int list(command_context& context, const list_options& given) {
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  listing all;
  all.cursor = given.cursor;
  do {
    const auto asked = all.cursor;
    const auto missing = given.limit - std::ssize(all.rows);
    auto page = ask(*server, "GET", target_of(given, std::min(missing, largest_page), all.cursor));
    if (!page) return fail(context, given.server, page.error());
    // The same place again would never end.
    if (!all.take(std::move(*page)) || all.cursor == asked) break;
  } while (!all.cursor.empty() && std::ssize(all.rows) < given.limit);
  context.out << (given.server.json ? json::serialize(all.document()) + "\n" : report(all));
  return done;
}

void add_list_filters(CLI::App& sub, list_options& given) {
  add_option(sub, "--user", given.user, "only those of this user")
      .check(refusal_of_id)
      .type_name("ID");
  add_option(sub, "--status", given.status, "pending, processing, success or failed")
      .one_of({"pending", "processing", "success", "failed"})
      .type_name("STATUS");
  add_option(sub, "--provider", given.provider, "only those of this provider");
  add_option(sub, "--type", given.type, "only those of providers of this type");
  add_option(sub, "--recipient", given.recipient, "only those to this address");
  add_option(sub, "--error", given.error, "only those with this error code");
  const auto live = add_flag(sub, "--live", given.live, "only live ones");
  add_flag(sub, "--history", given.history, "only those in history").excludes(live);
  add_option(sub, "--created-after", given.after, "only those made at or after this time")
      .type_name("TIME");
  add_option(sub, "--created-before", given.before, "only those made before this time")
      .type_name("TIME");
  add_option(sub, "--limit", given.limit, "the most to list (default: 20)")
      .between(1, 100'000)
      .type_name("NUMBER");
  add_option(sub, "--cursor", given.cursor, "continue from this cursor");
}

}  // namespace

void add_list(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<list_options>();
  auto* sub = add_command(app, "list", "List transactions, the newest first.",
                          "  postrider list\n"
                          "  postrider list --user 7 --status failed --limit 100\n"
                          "  postrider list --provider sms-main --error unavailable --json\n",
                          "0 listed (also an empty list), 1 failed, 2 usage.");
  add_list_filters(*sub, *given);
  add_server_options(*sub, given->server);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return list(context, *given); };
  });
}

}  // namespace postrider::cli
