#include "tools/postrider/command_line.hpp"

#include "base/nearest.hpp"
#include "tools/postrider/sendmail_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider::cli {

namespace {

constexpr auto program_description =
    "Postrider delivers messages by Signal, email, SMS and webhooks, and falls back to the next "
    "provider when one fails.";
constexpr auto overview =
    "Examples:\n"
    "  postrider check-config\n"
    "  postrider serve --config config.toml\n"
    "  postrider send --user 1 --to +15551234567 --wait \"Dinner at eight?\"\n"
    "  postrider status 123\n"
    "\"postrider COMMAND --help\" describes each command.\n"
    "\nExit: 0 done, 1 failed, 2 the command line is wrong.";

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

const CLI::App& chosen_app(const CLI::App& app) {
  const auto subs = app.get_subcommands();
  return subs.empty() ? app : chosen_app(*subs.front());
}

/// "postrider keys create".
std::string way_to(const CLI::App& app) {
  const auto* parent = app.get_parent();
  return (parent == nullptr ? std::string() : way_to(*parent) + " ") + app.get_name();
}

std::string suggestion(const std::string& near) {
  return near.empty() ? std::string{} : fmt::format("; did you mean \"{}\"?", near);
}

/// The first option that does not exist, empty when all do. It explains more than what CLI11 says
/// first, which is often a required option that is missing because its name was mistyped.
std::string unknown_option(const std::vector<std::string>& options,
                           const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    if (argument == "--") break;
    const auto name = argument.substr(0, argument.find('='));
    if (name.starts_with("--") && std::find(options.begin(), options.end(), name) == options.end())
      return name;
  }
  return {};
}

/// Options as other programs call them, and what to do where ours exists.
struct meant_option {
  std::string_view given, ours, advice;
};
constexpr meant_option meant_options[]{
    {"--title", "--subject", "use --subject"},
    {"--body", "TEXT", "the text is the last argument"},
    {"--text", "TEXT", "the text is the last argument"},
    {"--message", "TEXT", "the text is the last argument"},
    {"--msg", "TEXT", "the text is the last argument"},
    {"--recipient", "--to", "use --to"},
    {"--recipients", "--to", "use --to for each of them"},
    {"--phone", "--to", "use --to"},
    {"--number", "--to", "use --to"},
    {"--email", "--to", "use --to"},
    {"--channel", "--type", "use --type"},
};

std::string advice_for(const CLI::App& app, const std::string& unknown) {
  for (const auto& one : meant_options)
    if (one.given == unknown && app.get_option_no_throw(std::string(one.ours)) != nullptr)
      return fmt::format("; {}", one.advice);
  return suggestion(nearest(unknown, option_names(app)));
}

/// The text in more than one argument.
bool has_text_without_quotes(const CLI::App& app, const CLI::ParseError& error) {
  return dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr &&
         app.get_option_no_throw("TEXT") != nullptr;
}

constexpr auto blank_value = "has an empty value; leave it out";

/// The first option that is given as "--name=", empty when there is none. CLI11 takes the next
/// argument as its value.
std::string option_without_value(const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    if (argument == "--") break;
    const auto equals = argument.find('=');
    if (argument.starts_with("--") && equals + 1 == argument.size())
      return argument.substr(0, equals);
  }
  return {};
}

int refuse(const CLI::App& app, const CLI::ParseError& error,
           const std::vector<std::string>& arguments, command_context& context) {
  const auto& at = chosen_app(app);
  const auto options = option_names(at);
  const auto unknown = unknown_option(options, arguments);
  const auto blank = option_without_value(arguments);
  context.err << "postrider: ";
  if (!unknown.empty()) context.err << "unknown option " << unknown << advice_for(at, unknown);
  else if (!blank.empty()) context.err << blank << ": " << blank_value;
  else if (has_text_without_quotes(at, error))
    context.err << "the text has more than one argument; put it in quotes: \"two words\"";
  else context.err << error.what();
  context.err << "\nTry: " << way_to(at) << " --help" << std::endl;
  return usage;
}

/// Null: there is none of this name.
const CLI::App* command_of(const CLI::App& app, const std::string& name) {
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    if (sub->get_name() == name) return sub;
  return nullptr;
}

/// "help keys create" shows what "keys create --help" does.
int show_help(const CLI::App& app, const std::vector<std::string>& words,
              command_context& context) {
  const auto* at = &app;
  for (const auto& word : words) {
    const auto* sub = command_of(*at, word);
    if (sub == nullptr) {
      const auto wanted = way_to(*at) + " " + word;
      context.err << "postrider: unknown command \"" << wanted.substr(wanted.find(' ') + 1) << '"'
                  << suggestion(nearest(word, command_names(*at))) << "\nTry: " << way_to(*at)
                  << " --help" << std::endl;
      return usage;
    }
    at = sub;
  }
  // at->help() would show that of "help", which was chosen.
  context.out << at->get_formatter()->make_help(at, way_to(*at), CLI::AppFormatMode::Normal)
              << std::endl;
  return done;
}

void add_help(CLI::App& app, command_context& context, command& chosen) {
  auto words = std::make_shared<std::vector<std::string>>();
  auto* sub = add_command(app, "help", "Show the help of a command.",
                          "  postrider help\n"
                          "  postrider help send\n"
                          "  postrider help keys create\n",
                          "0 shown, 2 unknown command.");
  add_option(*sub, "COMMAND", *words, "the words of the command");
  when_chosen(*sub, [&app, &context, &chosen, words] {
    chosen = [&app, &context, words] { return show_help(app, *words, context); };
  });
}

/// A script's variable that is not set must not mean "as if the option were not there".
void refuse_blank_values(const CLI::App& app) {
  for (const auto* option : app.get_options())
    for (const auto& value : option->results())
      if (option->nonpositional() && value.find_first_not_of(" \t\r\n") == std::string::npos)
        throw CLI::ValidationError(option->get_name(), blank_value);
  for (const auto* sub : app.get_subcommands())
    refuse_blank_values(*sub);
}

void add_commands(CLI::App& app, command_context& context, command& chosen) {
  add_serve(app, context, chosen);
  add_check_config(app, context, chosen);
  add_migrate(app, context, chosen);
  add_send(app, context, chosen);
  add_bulk(app, context, chosen);
  add_sendmail(app, context, chosen);
  add_spool(app, context, chosen);
  add_status(app, context, chosen);
  add_list(app, context, chosen);
  add_cancel(app, context, chosen);
  add_explain(app, context, chosen);
  add_retry(app, context, chosen);
  add_settle(app, context, chosen);
  add_providers(app, context, chosen);
  add_inspect(app, context, chosen);
  add_verify(app, context, chosen);
  add_completion(app, context, chosen);
  add_keys(app, context, chosen);
  add_users(app, context, chosen);
  add_help(app, context, chosen);
}

int parse(CLI::App& app, std::vector<std::string> arguments, command_context& context) {
  const auto given = arguments;
  try {
    // CLI11 takes them from the end.
    std::reverse(arguments.begin(), arguments.end());
    app.parse(std::move(arguments));
    refuse_blank_values(app);
    if (const auto blank = option_without_value(given); !blank.empty())
      throw CLI::ValidationError(blank, blank_value);
  } catch (const CLI::CallForHelp&) {
    context.out << app.help() << std::endl;
    return done;
  } catch (const CLI::CallForVersion& version) {
    context.out << version.what() << std::endl;
    return done;
  } catch (const CLI::ParseError& error) {
    return refuse(app, error, given, context);
  }
  return -1;
}

}  // namespace

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& examples, const std::string& exits) {
  auto* sub = app.add_subcommand(name, description);
  sub->footer("Examples:\n" + examples + "\nExit: " + exits);
  return sub;
}

int run_command_line(std::vector<std::string> arguments, command_context& context) {
  if (arguments.size() > 0 && arguments[0] == "sendmail" &&
      (arguments.size() < 2 || arguments[1] != "--help"))
    return run_sendmail(context, {arguments.begin() + 1, arguments.end()});
  CLI::App app(program_description, "postrider");
  app.footer(overview);
  app.set_version_flag("--version", std::string("postrider ") + POSTRIDER_VERSION);
  app.require_subcommand(1);
  command chosen;
  add_commands(app, context, chosen);
  if (!arguments.empty() && !arguments.front().starts_with('-')) {
    const auto names = command_names(app);
    if (std::find(names.begin(), names.end(), arguments.front()) == names.end()) {
      context.err << "postrider: unknown command \"" << arguments.front() << '"'
                  << suggestion(nearest(arguments.front(), names)) << "\nTry: postrider --help"
                  << std::endl;
      return usage;
    }
  }
  if (const int code = parse(app, std::move(arguments), context); code >= 0) return code;
  return chosen();
}

}  // namespace postrider::cli
