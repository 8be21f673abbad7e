#include "tools/postrider/configuration_text.hpp"

#include "tools/postrider/key_table.hpp"
#include "tools/postrider/provider_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace postrider::cli {

namespace {

/// Values that config.toml and the documentation show for keys without a default.
struct example {
  std::string_view type;
  std::string_view key;
  std::string_view text;
};
constexpr std::array examples{
    example{"signal", "name", "signal-main"},
    example{"signal", "url", "http://127.0.0.1:8090"},
    example{"signal", "account", "+15550001111"},
    example{"sms", "name", "sms-main"},
    example{"sms", "api", "twilio"},
    example{"sms", "url", "https://api.twilio.com"},
    example{"sms", "account_sid", "AC00000000000000000000000000000000"},
    example{"sms", "from", "+15550001111"},
    example{"webhook", "name", "webhook-main"},
    example{"email", "name", "email-main"},
    example{"email", "url", "smtp://mail.example.org:587"},
    example{"email", "from", "Postrider <postrider@example.org>"},
    example{"email", "username", "postrider"},
    example{"email", "mechanism", "PLAIN"},
    example{"email", "helo", "postrider.example.org"},
    example{"email", "ca_file", "/etc/ssl/certs/ca-certificates.crt"},
    example{"email", "dkim.domain", "example.org"},
    example{"email", "dkim.selector", "postrider"},
    // The names of all types that have these keys.
    example{"", "proxy.url", "http://proxy.example.org:3128"},
    example{"", "proxy.username", "postrider"},
};

std::string_view example_of(std::string_view type, std::string_view key) {
  const auto found = std::find_if(examples.begin(), examples.end(), [&](const auto& e) {
    return (e.type == type || e.type.empty()) && e.key == key;
  });
  return found == examples.end() ? std::string_view{} : found->text;
}

/// Drivers describe their keys in a few words; here they become a sentence.
std::string sentence(std::string_view help) {
  std::string text(help);
  const auto word = text.substr(0, text.find(' '));
  const bool plain =
      std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::islower(c) != 0; });
  if (plain && !text.empty())
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

/// Lines of at most 100 columns that begin with `mark`.
std::string wrapped(std::string_view words, std::string_view mark = {}) {
  const auto width = 100 - mark.size();
  std::string text;
  while (!words.empty()) {
    auto end = words.size();
    if (end > width) end = words.rfind(' ', width);
    text += fmt::format("{}{}\n", mark, words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return text;
}

std::string comment(std::string_view help) { return wrapped(help, "# "); }

std::string entry(const key_info& key, const std::string& name, std::string_view text) {
  if (key.kind == value_kind::secret) {
    return comment(key.help) +
           fmt::format("# {0}_file = \"/etc/postrider/{0}\"\n# {0}_env = \"{1}\"\n", name,
                       "NAME_OF_A_VARIABLE");
  }
  // An optional key without a default: nothing to write in its place.
  if (text.empty())
    return comment(key.help) +
           fmt::format("# {} = {}\n", name, key.kind == value_kind::list ? "[]" : "\"\"");
  return comment(key.help) + fmt::format("{} = {}\n", name, toml_spelling(key, text));
}

/// Keys with the same word before their dot become one inline table.
struct inline_table {
  std::string name;
  std::string help;
  std::string members;
  /// True: it is shown as a comment, because the secret's file is an example.
  bool has_secret = false;
};

void add_member(std::vector<inline_table>& tables, const key_info& key, std::string_view shown) {
  const auto dot = key.name.find('.');
  const auto name = key.name.substr(0, dot);
  const auto member = key.name.substr(dot + 1);
  auto at =
      std::find_if(tables.begin(), tables.end(), [&](const auto& t) { return t.name == name; });
  if (at == tables.end()) at = tables.insert(at, {name, {}, {}});
  at->help += (at->help.empty() ? "" : " ") + fmt::format("{}: {}", member, key.help);
  if (!at->help.ends_with('.')) at->help += '.';
  at->members += at->members.empty() ? "" : ", ";
  at->has_secret = at->has_secret || key.kind == value_kind::secret;
  at->members += key.kind == value_kind::secret
                     ? fmt::format("{0}_file = \"/etc/postrider/{1}-{0}\"", member, name)
                     : fmt::format("{} = {}", member, toml_spelling(key, shown));
}

/// A [[provider]] of that type with every key.
std::string provider_block(const actors::driver_type& type) {
  std::string text = "[[provider]]\n";
  std::vector<inline_table> tables;
  const auto add = [&](const key_info& key) {
    auto shown = std::string_view(key.default_value);
    if (key.name == "type") shown = type.name;
    if (shown.empty()) shown = example_of(type.name, key.name);
    if (key.name.find('.') == std::string::npos) {
      text += entry(key, key.name, shown);
    } else {
      add_member(tables, key, shown);
    }
  };
  const auto common = common_provider_keys(type, {});
  for (const auto& key : common) {
    if (key.info.name == "name" || key.info.name == "type") add(key.info);
  }
  for (const auto& key : type_keys(type))
    add(key);
  for (const auto& key : common) {
    if (key.info.name != "name" && key.info.name != "type") add(key.info);
  }
  for (const auto& table : tables)
    text += comment(table.help) + fmt::format("{}{} = {{ {} }}\n", table.has_secret ? "# " : "",
                                              table.name, table.members);
  return text;
}

/// A [[source]] with every key.
std::string source_block() {
  std::string text = "[[source]]\n";
  for (const auto& [info, store, example] : source_keys()) {
    if (!example.empty()) {
      text += comment(info.help) + fmt::format("# {} = {}\n", info.name, example);
      continue;
    }
    auto shown = std::string_view(info.default_value);
    if (info.name == "name") shown = "alerts";
    if (info.name == "type") shown = "alertmanager";
    text += entry(info, info.name, shown);
  }
  return text;
}

/// Every line a comment: an example that takes no part.
std::string commented_out(const std::string& block) {
  std::string text;
  for (std::size_t at = 0; at < block.size();) {
    const auto end = block.find('\n', at) + 1;
    if (block[at] != '#') text += "# ";
    text += block.substr(at, end - at);
    at = end;
  }
  return text;
}

// ---- docs/reference/configuration.md ----------------------------------------------------------

std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string table_row(const key_info& key) {
  const auto default_text = key.default_value.empty()
                                ? std::string(key.required ? "required" : "none")
                                : fmt::format("`{}`", toml_spelling(key, key.default_value));
  const auto name = key.kind == value_kind::secret ? fmt::format("`{0}_file`, `{0}_env`", key.name)
                                                   : fmt::format("`{}`", key.name);
  return fmt::format("| {} | {} | {} | {} |\n", name, cell(expectation(key)), cell(default_text),
                     cell(key.help));
}

constexpr std::string_view table_head = "| key | takes | default | |\n|---|---|---|---|\n";

constexpr std::string_view introduction = R"(# Configuration

<!-- Made from the key table by `postrider check-config --document`; a test compares the two. -->

`postrider serve` reads one TOML file: the one named with `--config`, else `./config.toml`, else
`/etc/postrider/config.toml`. `config.toml` in the root of the repository holds every key with its
default.

- `postrider check-config` finds every mistake at once, each with file, line and column, and starts
  nothing.
- `postrider check-config --print` shows every value in force and where it came from.
- `postrider check-config --defaults` writes a fresh `config.toml`.

An unknown key is a mistake, not a warning, so a typo never changes a setting silently.

## Environment variables

Every key can be overridden: `POSTRIDER_` + section + `__` + key, in upper case, for example
`POSTRIDER_HTTP__LISTEN=127.0.0.1:9000`. A key of a provider is `POSTRIDER_PROVIDER__` + the
provider's name + `__` + key, with `_` for `-`: `POSTRIDER_PROVIDER__SIGNAL_MAIN__URL`; a key inside
`circuit` is `POSTRIDER_PROVIDER__SIGNAL_MAIN__CIRCUIT__FAILURES`. Those of a source have `SOURCE`
in the same place (its lists and tables have none). The environment comes before the file, the file
before the default. A variable of this form that names no key is a mistake.
`POSTRIDER_URL` (the server), `POSTRIDER_KEY` (the API key) and `POSTRIDER_CA_FILE` (a PEM file with
the authorities to trust with https) belong to the commands that talk to a server.

## Secrets

A secret is never written into the file. `NAME_file` names a file that holds it. Only its owner may
read the file (mode 600 or 400), or a group of the server's own (640 or 440, such as
`root:postrider`). `NAME_env` names an environment variable that holds it. A newline at its end is
dropped.

Relative paths of secrets and of SQLite files start at the working directory of the server.

)";

std::string section_document(const section_info& section) {
  std::string text =
      fmt::format("## [{}]\n\n{}\n{}", section.name, wrapped(section.help), table_head);
  for (const auto& key : section_keys()) {
    if (key.section == section.name) text += table_row(key.info);
  }
  return text + "\n";
}

std::string providers_document() {
  std::string text = "## [[provider]]\n\n" +
                     wrapped(
                         "One table for each way to send. A provider that is removed from the file "
                         "becomes inactive; its deliveries stay in the database.") +
                     "\n";
  text += table_head;
  const actors::driver_type any{};
  for (auto key : common_provider_keys(any, {})) {
    if (key.info.name == "timeout" || key.info.name == "max_in_flight")
      key.info.help += " Each type has its own default.";
    text += table_row(key.info);
  }
  for (const auto& type : actors::driver_types()) {
    text += fmt::format("\n### type = \"{}\"\n\n{}\n{}", type.name, wrapped(sentence(type.help)),
                        table_head);
    for (const auto& key : type_keys(type))
      text += table_row(key);
    const auto in_flight = type.default_max_in_flight > 0
                               ? fmt::format("{}", type.default_max_in_flight)
                               : std::string("`messaging.worker_count`");
    text += fmt::format("\n`timeout` is \"{}\" and `max_in_flight` {} where they are not given.\n",
                        duration_text(type.default_timeout), in_flight);
  }
  return text;
}

std::string sources_document() {
  auto text = "\n## [[source]]\n\n" +
              wrapped(
                  "One table for each way in: a program that already sends alerts sends them to "
                  "/in/NAME. [Ways in](sources.md) describes the types.") +
              "\n" + std::string(table_head);
  for (const auto& [info, store, example] : source_keys()) {
    auto row = table_row(info);
    if (!example.empty())
      row = fmt::format("| `{}` | such as `{}` | none | {} |\n", info.name, cell(example),
                        cell(info.help));
    text += row;
  }
  return text;
}

}  // namespace

std::string default_configuration() {
  std::string text =
      "# Postrider's configuration: every key with its default. Checked by: postrider "
      "check-config\n"
      "# The environment overrides it: POSTRIDER_HTTP__LISTEN=127.0.0.1:9000.\n"
      "# More in docs/reference/configuration.md\n";
  for (const auto& section : sections()) {
    text += fmt::format("\n{}[{}]\n", comment(section.help), section.name);
    for (const auto& key : section_keys()) {
      if (key.section == section.name)
        text += entry(key.info, key.info.name, key.info.default_value);
    }
  }
  for (const auto& type : actors::driver_types()) {
    // The first type works as it is, with a daemon on this machine.
    const bool first = type.name == actors::driver_types().front().name;
    const auto block = provider_block(type);
    text += "\n" + comment(fmt::format("One for each way to send. {}", sentence(type.help))) +
            (first ? block : commented_out(block));
  }
  text += "\n" +
          comment("One for each way in: programs that already send alerts send them to /in/NAME.") +
          commented_out(source_block());
  return text;
}

std::string configuration_document() {
  std::string text(introduction);
  for (const auto& section : sections())
    text += section_document(section);
  return text + providers_document() + sources_document();
}

std::string effective_configuration(const std::vector<effective_value>& values) {
  std::string text, section;
  for (const auto& value : values) {
    if (value.section != section) {
      const bool provider = value.section.starts_with("provider.");
      const bool source = value.section.starts_with("source.");
      text += fmt::format("{}{}\n", text.empty() ? "" : "\n",
                          provider ? "[[provider]]"
                          : source ? "[[source]]"
                                   : fmt::format("[{}]", value.section));
      section = value.section;
    }
    text += fmt::format("{:<50} # {}\n", fmt::format("{} = {}", value.key, value.spelling),
                        value.origin);
  }
  return text;
}

}  // namespace postrider::cli
