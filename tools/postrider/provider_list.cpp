#include "tools/postrider/provider_list.hpp"

#include "tools/postrider/ask.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/text_table.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

const json::object* part(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found == nullptr ? nullptr : found->if_object();
}

/// The worst first.
std::string provider_state(const json::object& provider) {
  if (member_text(provider, "active") == "false") return "switched off";
  const auto* circuit = part(provider, "circuit");
  if (circuit == nullptr) return {};
  if (member_text(*circuit, "held") == "true") return "held";
  const auto state = member_text(*circuit, "state");
  if (state != "closed") return state == "half_open" ? "half open" : state;
  if (const auto* challenge = part(provider, "challenge"))
    return "asks for a captcha since " + member_text(*challenge, "since");
  const auto paused = member_text(provider, "paused_until");
  return paused.empty() ? "working" : "paused until " + paused;
}

std::string error_of(const json::object& provider) {
  const auto* health = part(provider, "health");
  return health == nullptr ? std::string() : member_text(*health, "last_error");
}

std::string report(const json::array& providers) {
  if (providers.empty())
    return "no provider is configured; add a [[provider]] to the configuration\n";
  std::vector<std::vector<std::string>> rows{
      {"NAME", "TYPE", "PRIORITY", "STATE", "IN FLIGHT", "QUEUED", "LAST ERROR"}};
  for (const auto& element : providers)
    if (const auto* one = element.if_object())
      rows.push_back({member_text(*one, "name"), member_text(*one, "type"),
                      member_text(*one, "priority"), provider_state(*one),
                      member_text(*one, "in_flight"), member_text(*one, "queued"), error_of(*one)});
  return text_table(rows);
}

}  // namespace

int list_providers(command_context& context, const server_options& given) {
  const auto location = locate_server(context, given);
  if (!location) return failed;
  const auto answer = ask(*context.connect(*location), "GET", "/v1/providers");
  if (!answer) return fail(context, given, answer.error());
  if (given.json) context.out << json::serialize(*answer) << '\n';
  else context.out << report(member_array(*answer, "data"));
  return done;
}

}  // namespace postrider::cli
