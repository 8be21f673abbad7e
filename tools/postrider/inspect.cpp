#include "tools/postrider/ask.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/incident.hpp"
#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct inspect_options {
  server_options server;
  std::string section;
};

bool is_simple(const json::value& value) { return !value.is_object() && !value.is_array(); }

std::string simple_text(const json::value& value) {
  if (value.is_string() && !value.get_string().empty()) return std::string(value.get_string());
  if (value.is_string()) return "-";
  return value.is_null() ? "-" : json::serialize(value);
}

/// One line for an object that has only simple members, and for what is no object or array.
std::string one_line(const json::value& value) {
  if (is_simple(value)) return simple_text(value);
  const auto* object = value.if_object();
  if (object == nullptr) return {};
  std::string text;
  for (const auto& [name, member] : *object) {
    if (!is_simple(member)) return {};
    if (!text.empty()) text += ", ";
    text += std::string(name) + " " + simple_text(member);
  }
  return text;
}

void append(std::string& text, const json::value& value, std::size_t indent) {
  const auto child = [&](const std::string& name, const json::value& one) {
    text.append(indent, ' ') += name;
    const bool empty = (one.is_object() && one.get_object().empty()) ||
                       (one.is_array() && one.get_array().empty());
    const auto line = empty ? std::string("none") : one_line(one);
    // A list of members in a row is read well only while it is short.
    if (!line.empty() && (is_simple(one) || empty || line.size() + indent < 80)) {
      text += " " + line + "\n";
      return;
    }
    text += "\n";
    append(text, one, indent + 2);
  };
  if (const auto* object = value.if_object()) {
    for (const auto& [name, one] : *object)
      child(std::string(name) + ":", one);
  } else if (const auto* array = value.if_array()) {
    for (const auto& one : *array)
      child("-", one);
  } else {
    text.append(indent, ' ') += simple_text(value) + "\n";
  }
}

/// The server answers this with 503 too.
outcome<json::object> ask_readiness(http_client& server) {
  const auto reply = server.request("GET", "/readyz", {});
  if (!reply) return reply.error();
  json::error_code error;
  const auto parsed = json::parse(reply->body, error);
  if (!error && parsed.is_object() && parsed.get_object().contains("status") &&
      (reply->status == 200 || reply->status == 503))
    return parsed.get_object();
  return understood_answer(*reply);
}

std::string incident_lines(http_client& server, const json::object& inspection) {
  return incident_report({ask_readiness(server), ask(server, "GET", "/v1/providers"), inspection,
                          ask(server, "GET", "/admin/inspect?section=given_up")});
}

int inspect(command_context& context, const inspect_options& given) {
  const bool is_word = std::ranges::all_of(
      given.section, [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; });
  if (!is_word) {
    fail(context, "\"" + given.section + "\" is not the name of a section");
    return usage;
  }
  const auto location = locate_server(context, given.server);
  if (!location) return failed;
  const auto server = context.connect(*location);
  const auto reply = server->request(
      "GET", "/admin/inspect" + (given.section.empty() ? "" : "?section=" + given.section), {});
  if (!reply) return fail(context, reply.error().sentence());
  const auto answer = understood_answer(*reply);
  if (!answer) return fail(context, given.server, answer.error());
  std::string text;
  if (given.server.json) text = json::serialize(*answer) + "\n";
  else if (given.section.empty()) text = incident_lines(*server, *answer) + "\n";
  if (!given.server.json) append(text, *answer, 0);
  context.out << text;
  return done;
}

}  // namespace

void add_inspect(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<inspect_options>();
  auto* sub =
      add_command(app, "inspect", "Show a summary of the server, then the state of all its parts.",
                  "  postrider inspect\n"
                  "  postrider inspect senders\n"
                  "  postrider inspect --json database\n",
                  "0 shown, 1 unknown section or failed, 2 usage.");
  add_option(*sub, "SECTION", given->section,
             "only this part, such as senders, database or given_up");
  add_server_options(*sub, given->server);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return inspect(context, *given); };
  });
}

}  // namespace postrider::cli
