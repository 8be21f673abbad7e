#include "tools/arguments/arguments.hpp"

#include <CLI/CLI.hpp>

namespace postrider {

argument argument::required() const {
  option_->required();
  return *this;
}

argument argument::type_name(const std::string& word) const {
  option_->type_name(word);
  return *this;
}

argument argument::one_of(std::vector<std::string> values) const {
  option_->check(CLI::IsMember(std::move(values)));
  return *this;
}

argument argument::check(std::function<std::string(const std::string&)> refusal) const {
  option_->check(std::move(refusal));
  return *this;
}

argument argument::between(int least, int most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

argument argument::between(double least, double most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

argument argument::positive() const {
  option_->check(CLI::PositiveNumber);
  return *this;
}

argument argument::excludes(const argument& other) const {
  option_->excludes(other.option_);
  return *this;
}

argument argument::one_value_each() const {
  option_->allow_extra_args(false);
  return *this;
}

argument argument::split_at(char separator) const {
  option_->delimiter(separator);
  return *this;
}

argument argument::with_default() const {
  option_->capture_default_str();
  return *this;
}

bool argument::given() const { return option_->count() > 0; }

template <class T>
argument add_option(CLI::App& command, const std::string& name, T& into, const std::string& help) {
  return argument(*command.add_option(name, into, help));
}
template argument add_option(CLI::App&, const std::string&, std::string&, const std::string&);
template argument add_option(CLI::App&, const std::string&, std::optional<std::string>&,
                             const std::string&);
template argument add_option(CLI::App&, const std::string&, std::vector<std::string>&,
                             const std::string&);
template argument add_option(CLI::App&, const std::string&, std::vector<std::int64_t>&,
                             const std::string&);
template argument add_option(CLI::App&, const std::string&, unsigned short&, const std::string&);
template argument add_option(CLI::App&, const std::string&, int&, const std::string&);
template argument add_option(CLI::App&, const std::string&, unsigned&, const std::string&);
template argument add_option(CLI::App&, const std::string&, std::int64_t&, const std::string&);
template argument add_option(CLI::App&, const std::string&, std::uint64_t&, const std::string&);
template argument add_option(CLI::App&, const std::string&, double&, const std::string&);

argument add_flag(CLI::App& command, const std::string& name, bool& into, const std::string& help) {
  return argument(*command.add_flag(name, into, help));
}

void require_subcommand(CLI::App& command, std::size_t least, std::size_t most) {
  command.require_subcommand(least, most);
}

void when_chosen(CLI::App& command, std::function<void()> then) {
  command.callback(std::move(then));
}

std::string chosen_subcommand(const CLI::App& command) {
  const auto chosen = command.get_subcommands();
  return chosen.empty() ? std::string() : chosen.front()->get_name();
}

argument_parser::argument_parser(const std::string& description, const std::string& program,
                                 const std::string& footer)
    : app_(std::make_unique<CLI::App>(description, program)) {
  app_->footer(footer);
}

argument_parser::~argument_parser() = default;

std::optional<int> argument_parser::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

}  // namespace postrider
