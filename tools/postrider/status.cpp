#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace postrider::cli {

namespace {

struct status_options {
  server_options server;
  std::string id;
};

int status(command_context& context, const status_options& given) {
  if (!is_transaction_number(given.id) && !is_message_id(given.id)) {
    fail(context, "\"" + given.id + "\" is neither a transaction's number nor a message's id");
    return usage;
  }
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  std::string message_id = given.id;
  if (is_transaction_number(given.id)) {
    const auto transaction = ask(*server, "GET", "/v1/transactions/" + given.id);
    if (!transaction) return fail(context, given.server, transaction.error());
    if (given.server.json) {
      context.out << boost::json::serialize(*transaction) << '\n';
      return done;
    }
    message_id = member_text(*transaction, "message_id");
  }
  const auto message = ask(*server, "GET", "/v1/messages/" + message_id);
  if (!message) return fail(context, given.server, message.error());
  context.out << (given.server.json ? boost::json::serialize(*message) + "\n"
                                    : message_report(*message));
  return done;
}

}  // namespace

void add_status(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<status_options>();
  auto* sub =
      add_command(app, "status", "Show the state of a message and its attempts, oldest first.",
                  "  postrider status 123\n"
                  "  postrider status 0193a5c0-7c1e-7b3a-9d57-3f1c2b4a5d6e\n"
                  "  postrider status --json 123\n",
                  "0 found (in any state), 1 not found or failed, 2 usage.");
  add_option(*sub, "ID", given->id,
             "a transaction's number (its whole message is shown) or a message's id")
      .required();
  add_server_options(*sub, given->server);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return status(context, *given); };
  });
}

}  // namespace postrider::cli
