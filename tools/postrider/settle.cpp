#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/id_text.hpp"
#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <map>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct settle_options {
  server_options server;
  std::int64_t id = 0;
  std::string outcome;
};

/// The words of the command line, and those of the interface.
const std::map<std::string, std::string> outcomes{
    {"arrived", "arrived"}, {"not-sent", "not_sent"}, {"give-up", "give_up"}};

std::string report_text(const json::object& answer) {
  std::string text;
  if (const auto* found = answer.if_contains("transaction"); found && found->is_object()) {
    const auto& transaction = found->get_object();
    text += fmt::format("#{} to {}: {}\n", member_text(transaction, "id"),
                        member_text(transaction, "recipient"), transaction_state(transaction));
  }
  if (const auto next = member_text(answer, "next_transaction"); !next.empty())
    text += fmt::format("sent again as #{}\n", next);
  return text;
}

int settle(command_context& context, const settle_options& given) {
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  const auto answer = ask(*server, "POST", fmt::format("/v1/transactions/{}/settle", given.id),
                          json::serialize(json::object{{"outcome", outcomes.at(given.outcome)}}));
  if (!answer) return fail(context, given.server, answer.error());
  context.out << (given.server.json ? json::serialize(*answer) + "\n" : report_text(*answer));
  return done;
}

}  // namespace

void add_settle(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<settle_options>();
  auto* sub = add_command(
      app, "settle",
      "Settle a delivery whose outcome is unknown: arrived, not sent (send it again), or given up.",
      "  postrider settle 123 arrived\n"
      "  postrider settle 123 not-sent\n",
      "0 settled, 1 nothing to settle (the reason is shown), not found or failed, 2 usage.");
  add_option(*sub, "ID", given->id, "the transaction's number, as postrider status shows it")
      .required()
      .check(refusal_of_id);
  add_option(*sub, "OUTCOME", given->outcome, "arrived, not-sent or give-up")
      .required()
      .one_of({"arrived", "give-up", "not-sent"});
  add_server_options(*sub, given->server);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return settle(context, *given); };
  });
}

}  // namespace postrider::cli
