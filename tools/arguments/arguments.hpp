#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// The options of a program and of its subcommands. CLI11 reads them; its header takes seconds to
/// compile, so few files include it.
namespace postrider {

/// An option or a positional argument of one command. A copy is the same option.
class argument {
 public:
  explicit argument(CLI::Option& option) : option_(&option) {}

  argument required() const;
  /// The word for the value in --help.
  argument type_name(const std::string& word) const;
  argument one_of(std::vector<std::string> values) const;
  /// `refusal` says why a value cannot be used, and nothing when it can.
  argument check(std::function<std::string(const std::string&)> refusal) const;
  argument between(int least, int most) const;
  argument between(double least, double most) const;
  argument positive() const;
  argument excludes(const argument& other) const;
  /// A repeatable option takes one value each time.
  argument one_value_each() const;
  argument split_at(char separator) const;
  /// --help shows the value that the variable has now.
  argument with_default() const;

  /// Whether the command line has it.
  bool given() const;

 private:
  CLI::Option* option_;
};

/// Adds an option that writes into `into`. Instantiated in arguments.cpp for the types in use.
template <class T>
argument add_option(CLI::App& command, const std::string& name, T& into, const std::string& help);
argument add_flag(CLI::App& command, const std::string& name, bool& into, const std::string& help);

void require_subcommand(CLI::App& command, std::size_t least, std::size_t most);
/// Calls `then` when the command line was parsed and names this command.
void when_chosen(CLI::App& command, std::function<void()> then);
/// The name of the subcommand that was chosen; empty when there is none.
std::string chosen_subcommand(const CLI::App& command);

/// The command line of a program without subcommands.
class argument_parser {
 public:
  argument_parser(const std::string& description, const std::string& program,
                  const std::string& footer = {});
  ~argument_parser();
  argument_parser(const argument_parser&) = delete;

  CLI::App& options() { return *app_; }
  /// Reads the command line. Returns the exit code when the program ends here: 0 after --help, 2
  /// after a mistake, which is printed.
  std::optional<int> parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace postrider
