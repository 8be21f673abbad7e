#include "http/connection/server.hpp"
#include "smtp/server.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/configuration_text.hpp"
#include "tools/postrider/open_files.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <grp.h>
#include <ostream>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct check_options {
  std::string config;
  bool print = false;
  bool json = false;
  bool defaults = false;
  bool document = false;
};

json::array mistakes_json(const std::vector<mistake>& mistakes) {
  json::array all;
  for (const auto& wrong : mistakes) {
    all.push_back({{"where", wrong.where},
                   {"line", wrong.at.line},
                   {"column", wrong.at.column},
                   {"found", wrong.found},
                   {"expected", wrong.expected},
                   {"nearest", wrong.nearest}});
  }
  return all;
}

json::array effective_json(const std::vector<effective_value>& values) {
  json::array all;
  for (const auto& value : values) {
    all.push_back({{"section", value.section},
                   {"key", value.key},
                   {"value", value.spelling},
                   {"origin", value.origin}});
  }
  return all;
}

/// Things that are no mistake and should be known.
std::vector<std::string> warnings_of(const configuration& loaded) {
  std::vector<std::string> all;
  if (auto lowered = lowered_connections(most_open_files(), loaded.settings))
    all.push_back(std::move(*lowered));
  return all;
}

int print_json(command_context& context, const std::string& file, const configuration& loaded,
               bool print) {
  const auto warnings = warnings_of(loaded);
  json::object report{{"file", file},
                      {"mistakes", mistakes_json(loaded.mistakes)},
                      {"warnings", json::value_from(warnings)}};
  if (print) report["values"] = effective_json(loaded.effective);
  context.out << json::serialize(report) << '\n';
  return loaded.mistakes.empty() ? done : failed;
}

/// `key` of a file with a secret or a key.
bool names_secret_file(std::string_view key) { return key.ends_with("_file") || key == "tls_key"; }

/// "root:postrider, mode 0640"
std::string owner_text(const struct stat& about) {
  const auto* user = ::getpwuid(about.st_uid);
  const auto* group = ::getgrgid(about.st_gid);
  return fmt::format("{}:{}, mode {:04o}", user ? user->pw_name : std::to_string(about.st_uid),
                     group ? group->gr_name : std::to_string(about.st_gid),
                     static_cast<unsigned>(about.st_mode & 07777));
}

/// Root can read what the service cannot; who may is shown, and how to ask as the service.
void show_secret_files(command_context& context, const std::vector<effective_value>& values) {
  if (::geteuid() != 0) return;
  std::string shown;
  for (const auto& one : values) {
    struct stat about {};
    const auto& text = one.spelling;
    if (!names_secret_file(one.key) || text.size() < 3) continue;
    // Without the quotation marks.
    const auto path = text.substr(1, text.size() - 2);
    if (::stat(path.c_str(), &about) == 0)
      shown += fmt::format("  [{}] {} {}: {}\n", one.section, one.key, path, owner_text(about));
  }
  if (shown.empty()) return;
  context.err << "postrider: this was checked as root, who can read every file:\n"
              << shown << "as the service: runuser -u postrider -- postrider check-config"
              << std::endl;
}

int check_config(command_context& context, const check_options& given) {
  if (given.defaults || given.document) {
    context.out << (given.defaults ? default_configuration() : configuration_document());
    return done;
  }
  const auto file = find_configuration(given.config);
  if (!file) return fail(context, file.error().sentence());
  auto loaded = load_configuration(*file, context.variables);
  if (!loaded) return fail(context, loaded.error().sentence());
  if (const auto tls = http::check_certificate(loaded->settings.http); !tls)
    loaded->mistakes.push_back(
        {*file, {}, tls.error(), "the PEM files of a certificate and of its key", {}});
  if (const auto smtp = smtp::check_settings(loaded->settings.smtp); !smtp)
    loaded->mistakes.push_back({*file,
                                {},
                                "[smtp]: " + smtp.error(),
                                "the PEM files of a certificate and of its key",
                                {}});
  if (given.json) return print_json(context, *file, *loaded, given.print);
  for (const auto& wrong : loaded->mistakes)
    context.err << to_string(wrong) << '\n';
  for (const auto& warning : warnings_of(*loaded))
    context.err << "postrider: warning: " << warning << '\n';
  show_secret_files(context, loaded->effective);
  if (given.print) context.out << effective_configuration(loaded->effective);
  const auto count = loaded->mistakes.size();
  if (count > 0)
    return fail(context, fmt::format("{} has {} mistake{}", *file, count, count == 1 ? "" : "s"));
  if (!given.print) context.out << *file << " is fine\n";
  return done;
}

}  // namespace

void add_check_config(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<check_options>();
  auto* sub = add_command(app, "check-config",
                          "Find every mistake in the configuration, without starting the server.",
                          "  postrider check-config\n"
                          "  postrider check-config --config /etc/postrider/config.toml --print\n"
                          "  postrider check-config --defaults > config.toml\n",
                          "0 no mistakes, 1 mistakes (a line each on stderr), 2 usage.");
  add_option(*sub, "--config", given->config,
             "the file (default: ./config.toml, /etc/postrider/config.toml)")
      .type_name("FILE");
  add_flag(*sub, "--print", given->print,
           "show every value in force and its source, without secrets");
  add_flag(*sub, "--json", given->json, "print the result as JSON");
  add_flag(*sub, "--defaults", given->defaults,
           "print a config.toml with every key and its default");
  add_flag(*sub, "--document", given->document,
           "print the documentation of all keys (docs/reference/configuration.md)");
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return check_config(context, *given); };
  });
}

}  // namespace postrider::cli
