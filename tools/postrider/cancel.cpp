#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct cancel_options {
  server_options server;
  std::string id;
};

/// A line for each delivery of the answer, or of the problem that tells which came too late.
std::string deliveries_text(const std::string& body) {
  json::error_code error;
  const auto document = json::parse(body, error);
  const auto* answer = error ? nullptr : document.if_object();
  std::string text;
  if (answer == nullptr) return text;
  for (const auto* one : member_objects(*answer, "transactions"))
    text += fmt::format("  #{} to {}: {}\n", member_text(*one, "id"),
                        member_text(*one, "recipient"), transaction_state(*one));
  return text;
}

int cancel(command_context& context, const cancel_options& given) {
  if (!is_transaction_number(given.id) && !is_message_id(given.id)) {
    fail(context, "\"" + given.id + "\" is neither a transaction's number nor a message's id");
    return usage;
  }
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  auto message_id = given.id;
  if (is_transaction_number(given.id)) {
    const auto transaction = ask(*server, "GET", "/v1/transactions/" + given.id);
    if (!transaction) return fail(context, given.server, transaction.error());
    message_id = member_text(*transaction, "message_id");
  }
  const auto reply = server->request("POST", "/v1/messages/" + message_id + "/cancel", {});
  if (!reply) return fail(context, reply.error().sentence());
  const auto answer = understood_answer(*reply);
  if (!answer && given.server.json) return fail(context, given.server, answer.error());
  if (given.server.json) context.out << reply->body << '\n';
  else if (answer) context.out << "cancelled\n" << deliveries_text(reply->body);
  else if (reply->status == 409)
    context.out << "too late for these:\n" << deliveries_text(reply->body);
  context.out.flush();
  return answer ? done : fail(context, answer.error().sentence());
}

}  // namespace

void add_cancel(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<cancel_options>();
  auto* sub =
      add_command(app, "cancel", "Cancel the deliveries of a message that have not been sent yet.",
                  "  postrider cancel 123\n"
                  "  postrider cancel 0193a5c0-7c1e-7b3a-9d57-3f1c2b4a5d6e\n",
                  "0 no further delivery is sent, 1 too late for some or all recipients (shown), "
                  "not found or failed, 2 usage.");
  add_option(*sub, "ID", given->id,
             "a transaction's number (its whole message is cancelled) or a message's id")
      .required();
  add_server_options(*sub, given->server);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return cancel(context, *given); };
  });
}

}  // namespace postrider::cli
