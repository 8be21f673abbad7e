#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/id_text.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/text_table.hpp"
#include "tools/postrider/waiting_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct explain_options {
  server_options server;
  std::string id, type, text = "a message";
  std::int64_t user = 0;
  std::vector<std::string> to;
};

std::string cell(const json::object& row, std::string_view name) {
  const auto text = member_text(row, name);
  return text.empty() ? "-" : text;
}

std::string candidate_table(const json::object& recipient) {
  std::vector<std::vector<std::string>> rows{{"RANK", "PROVIDER", "TYPE", "ADDRESS", "REASON"}};
  for (const auto* one : member_objects(recipient, "candidates"))
    rows.push_back({member_text(*one, "rank"), member_text(*one, "provider"),
                    member_text(*one, "provider_type"), member_text(*one, "address"),
                    member_text(*one, "reason")});
  return rows.size() == 1 ? std::string() : text_table(rows, "  ");
}

std::string time_text(const json::object& of, std::string_view member) {
  const auto* found = of.if_contains(member);
  const auto seconds = found != nullptr && found->is_number() ? found->to_number<double>() : 0;
  auto time = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  if (time >= std::chrono::seconds(10)) time = std::chrono::round<std::chrono::seconds>(time);
  return duration_text(time);
}

std::string plan_text(const json::object& recipient) {
  const auto plan = member_objects(recipient, "plan");
  if (plan.empty()) return "  no provider can take it\n";
  std::string text = "  if every attempt fails:";
  for (const auto* step : plan)
    text += fmt::format("{} {} after {}", step == plan.front() ? "" : ",", cell(*step, "provider"),
                        time_text(*step, "after"));
  text += "\n";
  const auto* repeat = recipient.if_contains("repeat");
  if (repeat == nullptr || !repeat->is_object()) return text;
  const auto& again = repeat->get_object();
  return text + fmt::format("  all again after {}, at most {} apart, until {}\n",
                            time_text(again, "after"), time_text(again, "at_most"),
                            cell(again, "until"));
}

std::string explanation_text(const json::object& answer) {
  std::string text;
  for (const auto* recipient : member_objects(answer, "recipients")) {
    text += fmt::format("to {}\n", cell(*recipient, "recipient"));
    text += candidate_table(*recipient);
    if (const auto more = member_text(*recipient, "candidates_left_out"); !more.empty())
      text += fmt::format("  and {} more, which were not stored\n", more);
    text += plan_text(*recipient);
    if (const auto* waits = recipient->if_contains("waits_for"); waits && waits->is_object())
      text += "  now: " + waiting_text(waits->get_object()) + "\n";
  }
  return text;
}

json::object send_request(const explain_options& given) {
  json::object body{{"user_id", given.user}, {"message", given.text}};
  if (!given.to.empty()) body["recipients"] = json::array(given.to.begin(), given.to.end());
  if (!given.type.empty()) body["type"] = given.type;
  return body;
}

int explain(command_context& context, const explain_options& given) {
  if (given.id.empty() == (given.user == 0)) {
    fail(context, "give either a transaction's number or --user");
    return usage;
  }
  if (!given.id.empty() && !is_transaction_number(given.id)) {
    fail(context, "\"" + given.id + "\" is not a transaction's number");
    return usage;
  }
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  const auto answer =
      given.id.empty()
          ? ask(*server, "POST", "/v1/routes/explain", json::serialize(send_request(given)))
          : ask(*server, "GET", "/v1/transactions/" + given.id + "/explain");
  if (!answer) return fail(context, given.server, answer.error());
  context.out << (given.server.json ? json::serialize(*answer) + "\n" : explanation_text(*answer));
  return done;
}

}  // namespace

void add_explain(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<explain_options>();
  auto* sub = add_command(
      app, "explain", "Show why a provider was chosen, or which one would be, without sending.",
      "  postrider explain 123\n"
      "  postrider explain --user 1 --to +15551234567\n"
      "  postrider explain --user 1 --to ann@example.org --type email --text \"Dinner at "
      "eight?\"\n",
      "0 explained (also when no provider can take it), 1 not found or failed, 2 usage.");
  add_option(*sub, "ID", given->id, "a transaction's number: as it was decided when it was made");
  add_option(*sub, "--user", given->user, "the user whose list of providers would be used")
      .check(refusal_of_id)
      .type_name("ID");
  add_option(*sub, "--to", given->to, "a recipient (repeatable); without it: the user")
      .one_value_each()
      .type_name("RECIPIENT");
  add_option(*sub, "--type", given->type, "the provider type to try first").type_name("TYPE");
  add_option(*sub, "--text", given->text, "the message, where its length or content matters")
      .type_name("TEXT");
  add_server_options(*sub, given->server);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return explain(context, *given); };
  });
}

}  // namespace postrider::cli
