#include "base/percent.hpp"
#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/provider_list.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct provider_options {
  server_options server;
  std::string name;
  std::string captcha;
  std::string token;
  std::string recipient;
};

int answer_challenge(command_context& context, const provider_options& given) {
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  json::object body{{"captcha", given.captcha}};
  if (!given.token.empty()) body["token"] = given.token;
  const auto server = context.connect(*location);
  const auto answer =
      ask(*server, "POST", "/v1/providers/" + percent_encoded(given.name) + "/challenge",
          json::serialize(body));
  if (!answer) return fail(context, given.server, answer.error());
  context.out << (given.server.json
                      ? json::serialize(*answer)
                      : fmt::format("{} took the captcha", member_text(*answer, "name")))
              << '\n';
  return done;
}

/// One real message through the provider, outside of all lists and queues.
int try_provider(command_context& context, const provider_options& given) {
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  const auto answer = ask(*server, "POST", "/v1/providers/" + percent_encoded(given.name) + "/test",
                          json::serialize(json::object{{"recipient", given.recipient}}));
  if (!answer) return fail(context, given.server, answer.error());
  const auto came_to = member_text(*answer, "outcome"), detail = member_text(*answer, "detail");
  if (given.server.json) context.out << json::serialize(*answer) << '\n';
  else
    context.out << fmt::format("{} to {}: {}{}\n", member_text(*answer, "provider"),
                               member_text(*answer, "address"), came_to,
                               detail.empty() ? "" : ", " + detail);
  context.out.flush();
  return came_to == "accepted" ? done : failed;
}

void add_test(CLI::App& providers, provider_options& given) {
  auto* sub = add_command(
      providers, "test", "Send one test message through a provider now, whether it is on or off.",
      "  postrider providers test signal-main +15551234567\n"
      "  postrider providers test mail-main ann@example.org --json\n",
      "0 the provider accepted it, 1 it did not (shown), not found or failed, 2 usage.");
  add_option(*sub, "NAME", given.name, "the provider's name").required();
  add_option(*sub, "RECIPIENT", given.recipient, "who gets the test message").required();
  add_server_options(*sub, given.server);
}

void add_challenge(CLI::App& providers, provider_options& given) {
  auto* sub = add_command(
      providers, "challenge",
      "Answer the captcha that a Signal provider asks for (docs/operation.md).",
      "  postrider providers challenge signal-main --captcha 'signalcaptcha://signal-hcaptcha...'\n"
      "  postrider providers challenge signal-main --token 2fd3c1a0-... --captcha '...'\n",
      "0 the provider took it, 1 refused (shown), not found or failed, 2 usage.");
  add_option(*sub, "NAME", given.name, "the provider's name").required();
  add_option(*sub, "--captcha", given.captcha,
             "the solved captcha: the link of \"Open Signal\" on "
             "https://signalcaptchas.org/challenge/generate.html")
      .required()
      .type_name("TEXT");
  add_option(*sub, "--token", given.token,
             "the token of the challenge (default: the last one that the server was asked)")
      .type_name("TEXT");
  add_server_options(*sub, given.server);
}

}  // namespace

void add_providers(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<provider_options>();
  auto* sub = add_command(app, "providers",
                          "List the providers of a server and their state, try one, or answer a "
                          "captcha.",
                          "  postrider providers\n"
                          "  postrider providers --json\n"
                          "  postrider providers test signal-main +15551234567\n"
                          "  postrider providers challenge signal-main --captcha "
                          "'signalcaptcha://signal-hcaptcha...'\n",
                          "0 done, 1 failed, 2 usage.");
  require_subcommand(*sub, 0, 1);
  add_server_options(*sub, given->server);
  add_challenge(*sub, *given);
  add_test(*sub, *given);
  when_chosen(*sub, [&context, &chosen, given, sub] {
    chosen = [&context, given, asked = chosen_subcommand(*sub)] {
      if (asked == "test") return try_provider(context, *given);
      return asked == "challenge" ? answer_challenge(context, *given)
                                  : list_providers(context, given->server);
    };
  });
}

}  // namespace postrider::cli
