#include "tools/postrider/commands.hpp"
#include "tools/postrider/message_report.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include <ostream>

namespace postrider::cli {

namespace {

std::string report_text(const boost::json::object& report) {
  if (member_text(report, "selected") == "0") return "no failed transaction waits for its retry\n";
  auto text = fmt::format("{} of {} failed transactions are tried again now\n",
                          member_text(report, "retried"), member_text(report, "selected"));
  const auto* skipped = report.if_contains("skipped");
  if (skipped == nullptr || !skipped->is_array()) return text;
  for (const auto& element : skipped->get_array()) {
    if (const auto* one = element.if_object()) {
      text += fmt::format("  not #{}: {}\n", member_text(*one, "id"), member_text(*one, "reason"));
    }
  }
  return text;
}

int retry(command_context& context, const server_options& given) {
  const auto location = locate_server(context, given);
  if (!location) return failed;
  const auto server = context.connect(*location);
  const auto reply = server->request("POST", "/v1/retry", "{}");
  if (!reply) return fail(context, reply.error().sentence());
  const auto report = understood_answer(*reply);
  if (!report) return fail(context, report.error().sentence());
  context.out << (given.json ? boost::json::serialize(*report) + "\n" : report_text(*report));
  return done;
}

}  // namespace

void add_retry(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<server_options>();
  auto* sub =
      add_command(app, "retry", "Try every failed transaction that waits for its retry now.",
                  "  postrider retry\n"
                  "  postrider retry --json\n",
                  "0 done (even when there was nothing to retry), 1 failed, 2 usage.");
  add_server_options(*sub, *given);
  sub->callback([&context, &chosen, given] {
    chosen = [&context, given] { return retry(context, *given); };
  });
}

}  // namespace postrider::cli
