#include "tools/postrider/ask.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/send_body.hpp"
#include "tools/postrider/text_file.hpp"
#include "tools/postrider/value.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

struct send_options {
  server_options server;
  message_options message;
  std::string text, wait_limit = "15m";
  bool wait = false;
};

/// With a line for each delivery, unless what becomes of them is shown anyway.
std::string receipt_text(const json::object& receipt, bool with_deliveries) {
  auto text = fmt::format("accepted as message {}\n", member_text(receipt, "message_id"));
  if (!with_deliveries) return text;
  for (const auto* one : member_objects(receipt, "transactions"))
    text += fmt::format("  #{} to {} through {}: {}\n", member_text(*one, "id"),
                        member_text(*one, "recipient"), member_text(*one, "provider"),
                        member_text(*one, "status"));
  return text;
}

int report_end(command_context& context, const send_options& given, const json::object& message) {
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
int wait_for_end(command_context& context, const send_options& given, http_client& server,
                 const std::string& id, milliseconds limit) {
  constexpr milliseconds longest_pause{1'000};
  milliseconds pause{20};
  change_report report;
  std::string last_failure;
  const auto start = context.now();
  for (;;) {
    const auto passed = std::chrono::duration_cast<milliseconds>(context.now() - start);
    const auto message = ask(server, "GET", "/v1/messages/" + id);
    if (message) {
      const auto news = report.changes(*message, passed);
      if (!news.empty()) pause = milliseconds{20};
      if (!given.server.json) context.out << news << std::flush;
      if (is_final(*message)) return report_end(context, given, *message);
    } else if (message.error().sentence() != last_failure) {
      last_failure = message.error().sentence();
      context.err << "postrider: " << last_failure << " (retrying)" << std::endl;
    }
    if (passed >= limit) {
      return fail(context, fmt::format("not finished after {}; see: postrider status {}",
                                       duration_text(limit), id));
    }
    context.pause(std::min(pause, limit - passed));
    pause = std::min(pause * 2, longest_pause);
  }
}

int send(command_context& context, const send_options& given) {
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
    const auto read = read_text(context.in, "the standard input");
    if (!read) return fail(context, read.error().sentence());
    text = *read;
    if (text.ends_with('\n')) text.pop_back();
  }
  const auto body = send_body(given.message, text);
  if (!body) {
    fail(context, body.error().sentence());
    return usage;
  }
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  const auto receipt =
      ask(*server, "POST", "/send/message", json::serialize(*body), given.message.idempotency_key);
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
  auto given = std::make_shared<send_options>();
  auto* sub = add_command(
      app, "send", "Send a message.",
      "  postrider send --user 1 --to +15551234567 \"Dinner at eight?\"\n"
      "  postrider send --user 1 --to +15551234567 --to +15557654321 --wait \"Dinner at eight?\"\n"
      "  fortune | postrider send --user 1 --to +15551234567 -\n"
      "  postrider send --user 1 --to ann@example.org --subject Dinner --html @dinner.html \"At "
      "eight?\"\n"
      "  postrider send --user 1 --to +15551234567 --send-at 2026-11-23T18:00:00Z --ttl 2h "
      "--idempotency-key dinner-7 \"Dinner at eight?\"\n",
      "0 accepted (with --wait: delivered to all recipients), 1 failed, 2 usage.");
  add_message_options(*sub, given->message);
  add_flag(*sub, "--wait", given->wait,
           "show each step until the message has arrived or failed for good");
  add_option(*sub, "--wait-limit", given->wait_limit, "do not wait longer (default: 15m)")
      .type_name("DURATION");
  add_server_options(*sub, given->server);
  add_option(*sub, "TEXT", given->text, "the message; - reads it from the standard input")
      .required();
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return send(context, *given); };
  });
}

}  // namespace postrider::cli
