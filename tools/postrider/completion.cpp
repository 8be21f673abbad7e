#include "tools/postrider/completion.hpp"

#include "tools/postrider/commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider::cli {
namespace {

using apps = std::vector<const CLI::App*>;

apps commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); });
}

/// "--config" and "-h"
std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> all;
  for (const auto& name : option.get_lnames())
    all.push_back("--" + name);
  for (const auto& name : option.get_snames())
    all.push_back("-" + name);
  return all;
}

std::string words_of(const CLI::App& app) {
  std::string words;
  for (const auto* command : commands_of(app))
    words += command->get_name() + " ";
  for (const auto* option : app.get_options())
    for (const auto& spelling : spellings(*option))
      words += spelling + " ";
  if (!words.empty()) words.pop_back();
  return words;
}

bool takes_file(const CLI::Option& option) { return option.get_type_name() == "FILE"; }

/// Adds the cases of one command and of those below it; `path` is "keys create".
void bash_cases(const CLI::App& app, const std::string& path, std::string& out) {
  out += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, words_of(app));
  for (const auto* command : commands_of(app))
    bash_cases(*command, path.empty() ? command->get_name() : path + " " + command->get_name(),
               out);
}

void collect_file_options(const CLI::App& app, std::vector<std::string>& into) {
  for (const auto* option : app.get_options())
    if (takes_file(*option))
      for (auto& spelling : spellings(*option))
        if (std::ranges::find(into, spelling) == into.end()) into.push_back(std::move(spelling));
  for (const auto* command : commands_of(app))
    collect_file_options(*command, into);
}

void collect_paths(const CLI::App& app, const std::string& path, std::vector<std::string>& into) {
  for (const auto* command : commands_of(app)) {
    into.push_back(path.empty() ? command->get_name() : path + " " + command->get_name());
    const auto here = into.back();
    collect_paths(*command, here, into);
  }
}

/// Inside a quoted specification of zsh's _arguments and _describe.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') out += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\') out += fmt::format("\\{}", c);
    else out += c;
  }
  return out;
}

std::string zsh_name(const std::string& path) {
  std::string name = "_postrider";
  for (const char c : path.empty() ? path : "_" + path)
    name += c == ' ' || c == '-' ? '_' : c;
  return name;
}

std::string zsh_option(const CLI::Option& option) {
  std::string specs;
  for (const auto& spelling : spellings(option)) {
    // A flag expects no value.
    const std::string value = option.get_expected_max() == 0 ? ""
                              : takes_file(option)           ? ":file:_files"
                                                             : ":value:";
    specs +=
        fmt::format("    '{}[{}]{}' \\\n", spelling, zsh_text(option.get_description()), value);
  }
  return specs;
}

void zsh_functions(const CLI::App& app, const std::string& path, std::string& out) {
  const auto below = commands_of(app);
  std::string arguments, cases, names;
  for (const auto* option : app.get_options())
    arguments += zsh_option(*option);
  for (const auto* command : below) {
    const auto inner = path.empty() ? command->get_name() : path + " " + command->get_name();
    names +=
        fmt::format("      '{}:{}'\n", command->get_name(), zsh_text(command->get_description()));
    cases += fmt::format("    {}) {} ;;\n", command->get_name(), zsh_name(inner));
    zsh_functions(*command, inner, out);
  }
  out += zsh_name(path) + "() {\n";
  if (below.empty()) {
    out += "  _arguments \\\n" + arguments + "    '*:argument:_files'\n}\n\n";
    return;
  }
  out += "  local state line\n  _arguments -C \\\n" + arguments +
         "    '1:command:->command' \\\n    '*::argument:->argument'\n"
         "  case $state in\n  command)\n    local -a commands=(\n" +
         names + "    )\n    _describe command commands ;;\n  argument)\n    case $line[1] in\n" +
         cases + "    esac ;;\n  esac\n}\n\n";
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::vector<std::string> files, paths;
  collect_file_options(app, files);
  collect_paths(app, "", paths);
  std::string cases;
  bash_cases(app, "", cases);
  std::string known = "|";
  for (const auto& path : paths)
    known += path + "|";
  return fmt::format(
      R"(# bash completion for postrider; written by: postrider completion bash
_postrider() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} path= words= word
  case $before in
    {}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "{}" in *"|${{path:+$path }}$word|"*) path=${{path:+$path }}$word ;; esac
  done
  case $path in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _postrider postrider
)",
      fmt::join(files, "|"), known, cases);
}

std::string zsh_completion(const CLI::App& app) {
  std::string functions;
  zsh_functions(app, "", functions);
  return "#compdef postrider\n# zsh completion; written by: postrider completion zsh\n\n" +
         functions + "_postrider \"$@\"\n";
}

void add_completion(CLI::App& app, command_context& context, command& chosen) {
  auto shell = std::make_shared<std::string>();
  auto* sub = add_command(app, "completion", "Print a script that completes commands in a shell.",
                          "  postrider completion bash > /etc/bash_completion.d/postrider\n"
                          "  postrider completion zsh > \"${fpath[1]}/_postrider\"\n",
                          "0 printed, 2 usage.");
  add_option(*sub, "shell", *shell, "bash or zsh")
      .required()
      .one_of({"bash", "zsh"})
      .type_name("SHELL");
  when_chosen(*sub, [&app, &context, &chosen, shell] {
    chosen = [&app, &context, shell] {
      context.out << (*shell == "bash" ? bash_completion(app) : zsh_completion(app));
      return static_cast<int>(done);
    };
  });
}

}  // namespace postrider::cli
