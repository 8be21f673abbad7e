#include "tools/postrider/commands.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/waiting_report.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct options {
  server_options server;
  std::string id, type, text = "a message";
  std::int64_t user = 0;
  std::vector<std::string> to;
};

/// The objects of a member that should be an array of them.
std::vector<const json::object*> objects_of(const json::object& from, std::string_view name) {
  std::vector<const json::object*> objects;
  const auto* list = from.if_contains(name);
  if (list == nullptr || !list->is_array()) return objects;
  for (const auto& element : list->get_array())
    if (const auto* one = element.if_object()) objects.push_back(one);
  return objects;
}

std::string cell(const json::object& row, std::string_view name) {
  const auto text = member_text(row, name);
  return text.empty() ? "-" : text;
}

/// A line for each candidate, its columns as wide as their longest text.
std::string candidate_table(const std::vector<const json::object*>& candidates) {
  std::size_t provider = 0, type = 0, address = 0;
  for (const auto* one : candidates) {
    provider = std::max(provider, cell(*one, "provider").size());
    type = std::max(type, cell(*one, "provider_type").size());
    address = std::max(address, cell(*one, "address").size());
  }
  std::string text;
  for (const auto* one : candidates)
    text += fmt::format("  {:>3}  {:<{}}  {:<{}}  {:<{}}  {}\n", cell(*one, "rank"),
                        cell(*one, "provider"), provider, cell(*one, "provider_type"), type,
                        cell(*one, "address"), address, cell(*one, "reason"));
  return text;
}

std::string time_text(const json::object& of, std::string_view member) {
  const auto* found = of.if_contains(member);
  const auto seconds = found != nullptr && found->is_number() ? found->to_number<double>() : 0;
  return duration_text(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

std::string plan_text(const json::object& recipient) {
  const auto plan = objects_of(recipient, "plan");
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
  for (const auto* recipient : objects_of(answer, "recipients")) {
    text += fmt::format("to {}\n", cell(*recipient, "recipient"));
    text += candidate_table(objects_of(*recipient, "candidates"));
    if (const auto more = member_text(*recipient, "candidates_left_out"); !more.empty())
      text += fmt::format("  and {} more, which were not stored\n", more);
    text += plan_text(*recipient);
    if (const auto* waits = recipient->if_contains("waits_for"); waits && waits->is_object())
      text += "  now: " + waiting_text(waits->get_object()) + "\n";
  }
  return text;
}

json::object send_request(const options& given) {
  json::object body{{"user_id", given.user}, {"message", given.text}};
  if (!given.to.empty()) body["recipients"] = json::array(given.to.begin(), given.to.end());
  if (!given.type.empty()) body["type"] = given.type;
  return body;
}

int explain(command_context& context, const options& given) {
  const bool is_number = std::all_of(given.id.begin(), given.id.end(),
                                     [](unsigned char c) { return std::isdigit(c) != 0; });
  if (given.id.empty() == (given.user == 0) || !is_number) {
    fail(context, given.id.empty() || is_number
                      ? "give either a transaction's number or --user"
                      : "\"" + given.id + "\" is not a transaction's number");
    return usage;
  }
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  const auto reply =
      given.id.empty()
          ? server->request("POST", "/v1/routes/explain", json::serialize(send_request(given)))
          : server->request("GET", "/v1/transactions/" + given.id + "/explain", {});
  if (!reply) return fail(context, reply.error().sentence());
  const auto answer = understood_answer(*reply);
  if (!answer) return fail(context, given.server, answer.error());
  context.out << (given.server.json ? json::serialize(*answer) + "\n" : explanation_text(*answer));
  return done;
}

}  // namespace

void add_explain(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<options>();
  auto* sub = add_command(
      app, "explain", "Show why a provider was chosen, or which one would be; sends nothing.",
      "  postrider explain 123\n"
      "  postrider explain --user 1 --to +15551234567\n"
      "  postrider explain --user 1 --to ann@example.org --type email --text \"Dinner at "
      "eight?\"\n",
      "0 explained (even when no provider can take it), 1 not found or failed, 2 usage.");
  sub->add_option("ID", given->id, "a transaction's number: as it was decided when it was made");
  sub->add_option("--user", given->user, "whose list of providers would be used")->type_name("ID");
  sub->add_option("--to", given->to, "a recipient (repeatable); without it: the user")
      ->allow_extra_args(false)
      ->type_name("RECIPIENT");
  sub->add_option("--type", given->type, "the provider type to try first")->type_name("TYPE");
  sub->add_option("--text", given->text, "the message, where its length or content matters")
      ->type_name("TEXT");
  add_server_options(*sub, given->server);
  sub->callback([&context, &chosen, given] {
    chosen = [&context, given] { return explain(context, *given); };
  });
}

}  // namespace postrider::cli
