#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/id_text.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/text_file.hpp"
#include "tools/postrider/text_table.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <istream>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct user_options {
  server_options server;
  std::int64_t user = 0;
  std::vector<std::string> lines;
  std::string file;
  bool clear = false;
};

std::string target_of(const user_options& given) {
  return fmt::format("/v1/users/{}/providers", given.user);
}

std::string report(const user_options& given, const json::array& list) {
  if (list.empty())
    return fmt::format("user {} has no list of its own: the providers' priorities decide\n",
                       given.user);
  std::vector<std::vector<std::string>> rows{{"PRIORITY", "PROVIDER", "ACTIVE", "ADDRESS"}};
  for (const auto& element : list)
    if (const auto* one = element.if_object())
      rows.push_back({member_text(*one, "priority"), member_text(*one, "provider"),
                      member_text(*one, "active") == "false" ? "no" : "yes",
                      member_text(*one, "address")});
  return text_table(rows);
}

int show_answer(command_context& context, const user_options& given,
                const outcome<json::array>& list) {
  if (!list) return fail(context, given.server, list.error());
  context.out << (given.server.json ? json::serialize(*list) + "\n" : report(given, *list));
  return done;
}

int show(command_context& context, const user_options& given) {
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  return show_answer(context, given, ask_for_list(*server, "GET", target_of(given)));
}

/// "signal-main=+15551234567": a provider and perhaps the user's address there.
json::object line_of(const std::string& text) {
  const auto equals = text.find('=');
  json::object line{{"provider", text.substr(0, equals)}};
  if (equals != std::string::npos) line["address"] = text.substr(equals + 1);
  return line;
}

outcome<std::string> body_of(command_context& context, const user_options& given) {
  if (given.file.empty()) {
    json::array list;
    for (const auto& line : given.lines)
      list.push_back(line_of(line));
    return json::serialize(list);
  }
  const bool standard_input = given.file == "-";
  const auto name = standard_input ? "the standard input" : given.file;
  auto text = standard_input ? read_text(context.in, name) : read_text_file(name);
  if (text && text->empty())
    return failure::because(name + " is empty; --clear makes the list an empty one");
  return text;
}

int put(command_context& context, const user_options& given) {
  const int ways = (given.lines.empty() ? 0 : 1) + (given.file.empty() ? 0 : 1) + given.clear;
  if (ways != 1) {
    fail(context, "give the lines of the list, --file or --clear");
    return usage;
  }
  const auto body = body_of(context, given);
  if (!body) return fail(context, body.error().sentence());
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  return show_answer(context, given, ask_for_list(*server, "PUT", target_of(given), *body));
}

void add_user(CLI::App& sub, user_options& given) {
  add_option(sub, "USER", given.user, "the user's number").required().check(refusal_of_id);
  add_server_options(sub, given.server);
}

}  // namespace

void add_users(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<user_options>();
  auto* users = add_command(app, "users", "Show or replace a user's own list of providers.",
                            "  postrider users show 7\n"
                            "  postrider users put 7 signal-main=+15551234567\n",
                            "0 done, 1 failed, 2 usage.");
  require_subcommand(*users, 1, 1);
  auto* show_sub = add_command(*users, "show", "Show a user's list.",
                               "  postrider users show 7\n"
                               "  postrider users show 7 --json > list.json\n",
                               "0 shown, 1 failed, 2 usage.");
  add_user(*show_sub, *given);
  when_chosen(*show_sub, [&context, &chosen, given] {
    chosen = [&context, given] { return show(context, *given); };
  });
  auto* put_sub =
      add_command(*users, "put", "Replace a user's list; the first line is tried first.",
                  "  postrider users put 7 signal-main=+15551234567 mail=ann@example.org\n"
                  "  postrider users put 7 --file list.json\n"
                  "  postrider users put 7 --clear\n",
                  "0 replaced (the list is shown), 1 failed, 2 usage.");
  add_user(*put_sub, *given);
  add_option(*put_sub, "LINE", given->lines,
             "PROVIDER or PROVIDER=ADDRESS, with the user's address at that provider");
  add_option(*put_sub, "--file", given->file,
             "the list as JSON, as show --json gives it; - reads the standard input")
      .type_name("FILE");
  add_flag(*put_sub, "--clear", given->clear, "an empty list: the providers' priorities decide");
  when_chosen(*put_sub, [&context, &chosen, given] {
    chosen = [&context, given] { return put(context, *given); };
  });
}

}  // namespace postrider::cli
