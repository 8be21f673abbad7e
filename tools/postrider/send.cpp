#include "tools/postrider/commands.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/value.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <iterator>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

struct options {
  server_options server;
  std::int64_t user = 0;
  std::vector<std::string> to;
  std::string text, type, wait_limit = "15m";
  bool wait = false;
};

json::object send_request(const options& given, const std::string& text) {
  json::object body{{"user_id", given.user}, {"message", text}};
  if (!given.to.empty()) body["recipients"] = json::array(given.to.begin(), given.to.end());
  if (!given.type.empty()) body["type"] = given.type;
  return body;
}

outcome<json::object> ask(http_client& server, const std::string& method, const std::string& target,
                          const std::string& body) {
  const auto reply = server.request(method, target, body);
  if (!reply) return reply.error();
  return understood_answer(*reply);
}

/// With a line for each delivery, unless what becomes of them is shown anyway.
std::string receipt_text(const json::object& receipt, bool with_deliveries) {
  auto text = fmt::format("accepted as message {}\n", member_text(receipt, "message_id"));
  const auto* deliveries = receipt.if_contains("transactions");
  if (!with_deliveries || deliveries == nullptr || !deliveries->is_array()) return text;
  for (const auto& element : deliveries->get_array()) {
    if (const auto* one = element.if_object()) {
      text += fmt::format("  #{} to {} through {}: {}\n", member_text(*one, "id"),
                          member_text(*one, "recipient"), member_text(*one, "provider"),
                          member_text(*one, "status"));
    }
  }
  return text;
}

int verdict(command_context& context, const options& given, const json::object& message) {
  const auto status = member_text(message, "status");
  if (given.server.json) {
    context.out << json::serialize(message) << '\n';
  } else {
    context.out << "the message: " << status << '\n';
  }
  context.out.flush();
  return status == "success" ? done : failed;
}

/// Asks until nothing more will happen. A server that is away for a moment is asked again.
int wait_for_end(command_context& context, const options& given, http_client& server,
                 const std::string& id, milliseconds limit) {
  constexpr milliseconds longest_pause{1'000};
  milliseconds pause{20};
  change_report report;
  std::string last_failure;
  const auto start = context.now();
  for (;;) {
    const auto passed = std::chrono::duration_cast<milliseconds>(context.now() - start);
    const auto message = ask(server, "GET", "/v1/messages/" + id, {});
    if (message) {
      const auto news = report.changes(*message, passed);
      if (!news.empty()) pause = milliseconds{20};
      if (!given.server.json) context.out << news << std::flush;
      if (is_final(*message)) return verdict(context, given, *message);
    } else if (message.error().sentence() != last_failure) {
      last_failure = message.error().sentence();
      context.err << "postrider: " << last_failure << " (asking again)" << std::endl;
    }
    if (passed >= limit) {
      return fail(context, fmt::format("not finished after {}; see: postrider status {}",
                                       duration_text(limit), id));
    }
    context.pause(std::min(pause, limit - passed));
    pause = std::min(pause * 2, longest_pause);
  }
}

int send(command_context& context, const options& given) {
  const key_info limit_key{.name = "--wait-limit",
                           .kind = value_kind::duration,
                           .default_value = {},
                           .min = 0,
                           .choices = {},
                           .help = {}};
  const auto limit = parse_value(limit_key, {raw_value::type::untyped, given.wait_limit, {}});
  if (!limit) {
    fail(context, fmt::format("--wait-limit is {}; expected {}", limit.error().found,
                              limit.error().expected));
    return usage;
  }
  auto text = given.text;
  if (text == "-") {
    text.assign(std::istreambuf_iterator<char>(context.in), {});
    if (text.ends_with('\n')) text.pop_back();
  }
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  const auto receipt =
      ask(*server, "POST", "/send/message", json::serialize(send_request(given, text)));
  if (!receipt) return fail(context, given.server, receipt.error());
  if (!given.server.json) {
    context.out << receipt_text(*receipt, !given.wait) << std::flush;
  } else if (!given.wait) {
    context.out << json::serialize(*receipt) << '\n';
  }
  if (!given.wait) return done;
  return wait_for_end(context, given, *server, member_text(*receipt, "message_id"),
                      limit->duration);
}

}  // namespace

void add_send(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<options>();
  auto* sub = add_command(
      app, "send", "Send a message.",
      "  postrider send --user 1 --to +15551234567 \"Dinner at eight?\"\n"
      "  postrider send --user 1 --to +15551234567 --to +15557654321 --wait \"Dinner at eight?\"\n"
      "  fortune | postrider send --user 1 --to +15551234567 -\n",
      "0 accepted (with --wait: delivered to everybody), 1 failed, 2 usage.");
  sub->add_option("--user", given->user, "whose list of providers is used")
      ->required()
      ->type_name("ID");
  sub->add_option(
         "--to", given->to,
         "a recipient (repeatable); without it: the user, at the addresses of the user's own list")
      ->allow_extra_args(false)
      ->type_name("RECIPIENT");
  sub->add_option("--type", given->type, "the provider type to try first")->type_name("TYPE");
  sub->add_flag("--wait", given->wait,
                "show what happens until the message has arrived or failed for good");
  sub->add_option("--wait-limit", given->wait_limit, "do not wait longer (default: 15m)")
      ->type_name("DURATION");
  add_server_options(*sub, given->server);
  sub->add_option("TEXT", given->text, "the message; - reads it from the standard input")
      ->required();
  sub->callback(
      [&context, &chosen, given] { chosen = [&context, given] { return send(context, *given); }; });
}

}  // namespace postrider::cli
