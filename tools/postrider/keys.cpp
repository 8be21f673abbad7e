#include "base/time_text.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/key_store.hpp"
#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

struct key_options {
  key_place place;
  wanted_key key;
  std::vector<std::string> scopes;
  std::string which;
  /// --rate 0 was given.
  std::optional<argument> rate;
};

std::string words(const json::object& key, std::string_view member) {
  std::string text;
  const auto* found = key.if_contains(member);
  if (found == nullptr || !found->is_array()) return text;
  for (const auto& each : found->get_array())
    text += (text.empty() ? "" : ",") +
            (each.is_string() ? std::string(each.get_string()) : json::serialize(each));
  return text;
}

std::string description(const json::object& key) {
  auto text = fmt::format("{}  {}...  {}  {}", member_text(key, "id"), member_text(key, "prefix"),
                          member_text(key, "name"), words(key, "scopes"));
  if (const auto users = words(key, "users"); !users.empty()) text += "  users " + users;
  if (const auto sources = words(key, "sources"); !sources.empty()) text += "  sources " + sources;
  if (member_text(key, "test") == "true") text += "  test";
  if (const auto rate = member_text(key, "rate_per_minute"); rate != "0")
    text += fmt::format("  {} a minute", rate);
  const auto add_time = [&](std::string_view what, std::string_view member) {
    const auto time = member_text(key, member);
    if (!time.empty()) text += fmt::format("  {} {}", what, time);
  };
  add_time("expires", "expires_at");
  add_time("last used", "last_used_at");
  add_time("revoked", "revoked_at");
  return text;
}

std::unique_ptr<key_store> store_of(command_context& context, const key_options& given) {
  return open_key_store(context, given.place, !given.key.name.empty());
}

int fail(command_context& context, const key_options& given, const failure& why) {
  if (given.place.database.json && !why.document().empty()) context.out << why.document() << '\n';
  return cli::fail(context, why.sentence());
}

/// The key alone on stdout, so that a script can take it from there.
int create(command_context& context, key_options given) {
  given.key.scopes = std::move(given.scopes);
  const auto store = store_of(context, given);
  if (!store) return failed;
  const auto made = store->create(given.key);
  if (!made) return fail(context, given, made.error());
  if (given.place.database.json) {
    context.out << json::serialize(*made) << '\n';
    return done;
  }
  if (given.rate && given.rate->given() && given.key.rate_per_minute == 0)
    context.err << "--rate 0 means no limit of requests\n";
  context.err << description(*made)
              << "\nThis is the only time that the key is shown:" << std::endl;
  context.out << member_text(*made, "key") << '\n';
  return done;
}

int list(command_context& context, const key_options& given) {
  const auto store = store_of(context, given);
  if (!store) return failed;
  const auto keys = store->list();
  if (!keys) return fail(context, given, keys.error());
  if (given.place.database.json) {
    context.out << json::serialize(*keys) << '\n';
    return done;
  }
  if (keys->empty()) context.out << "there are no API keys\n";
  for (const auto& key : *keys)
    if (const auto* object = key.if_object()) context.out << description(*object) << '\n';
  return done;
}

/// By its name, or else by its number.
std::string id_of(const json::array& keys, const std::string& which) {
  for (const std::string_view member : {"name", "id"})
    for (const auto& key : keys)
      if (const auto* object = key.if_object(); object && member_text(*object, member) == which)
        return member_text(*object, "id");
  return {};
}

int revoke(command_context& context, const key_options& given) {
  const auto store = store_of(context, given);
  if (!store) return failed;
  const auto keys = store->list();
  if (!keys) return fail(context, given, keys.error());
  const auto id = id_of(*keys, given.which);
  if (id.empty()) return cli::fail(context, fmt::format("there is no API key \"{}\"", given.which));
  const auto ended = store->revoke(id);
  if (!ended) return fail(context, given, ended.error());
  context.out << (given.place.database.json ? json::serialize(*ended) : description(*ended))
              << '\n';
  return done;
}

void add_place(CLI::App& sub, key_place& place) {
  add_database_options(sub, place.database);
  add_option(sub, "--url", place.url,
             "ask this server, with POSTRIDER_KEY (default: POSTRIDER_URL; else the server's local "
             "socket; else the database is opened)")
      .type_name("URL");
}

void add_create(CLI::App& keys, key_options& given) {
  auto* sub =
      add_command(keys, "create", "Create a key and show it once, on stdout.",
                  "  postrider keys create --name shop --scope send,read\n"
                  "  postrider keys create --name ann --scope send --user 7 --rate 60 --expires "
                  "2030-01-01T00:00:00Z\n"
                  "  KEY=$(postrider keys create --name trial --scope send --test)\n"
                  "  postrider keys create --name prometheus --scope metrics\n"
                  "  postrider keys create --name alertmanager --scope ingest --source alerts\n"
                  "  POSTRIDER_KEY=pr_... postrider keys create --name ops --scope admin --url "
                  "http://127.0.0.1:8080\n",
                  "0 done, 1 failed, 2 usage.");
  add_option(*sub, "--name", given.key.name, "the name, unique among all keys").required();
  add_option(
      *sub, "--scope", given.scopes,
      "send, read, metrics (for Prometheus), ingest (for sources), admin (which includes the "
      "others)")
      .required()
      .split_at(',')
      .one_of({"send", "read", "metrics", "ingest", "admin"});
  add_option(*sub, "--user", given.key.users, "limit the key to this user (repeatable)").positive();
  add_option(*sub, "--source", given.key.sources,
             "with the scope ingest: limit the key to this source (repeatable)");
  add_option(*sub, "--expires", given.key.expires_at, "the time at which the key expires")
      .type_name("TIME");
  given.rate = add_option(*sub, "--rate", given.key.rate_per_minute,
                          "requests a minute (default, and with 0: no limit)");
  given.rate->between(0, 1'000'000);
  add_flag(*sub, "--test", given.key.test,
           "make a test key: its messages are accepted and not delivered; the recipient "
           "chooses the outcome");
  add_place(*sub, given.place);
}

void add_list(CLI::App& keys, key_options& given) {
  auto* sub = add_command(keys, "list", "List keys (the secrets are not shown).",
                          "  postrider keys list\n"
                          "  POSTRIDER_KEY=pr_... postrider keys list --json --url "
                          "http://127.0.0.1:8080\n",
                          "0 done, 1 failed, 2 usage.");
  add_place(*sub, given.place);
}

void add_revoke(CLI::App& keys, key_options& given) {
  auto* sub = add_command(keys, "revoke", "Revoke a key.",
                          "  postrider keys revoke shop\n"
                          "  POSTRIDER_KEY=pr_... postrider keys revoke 3 --url "
                          "http://127.0.0.1:8080\n",
                          "0 revoked (also when it was revoked before), 1 failed, 2 usage.");
  add_option(*sub, "KEY", given.which, "its name or its number").required();
  add_place(*sub, given.place);
}

}  // namespace

void add_keys(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<key_options>();
  auto* sub = add_command(
      app, "keys", "Create, list and revoke the API keys (create, list, revoke).",
      "  postrider keys create --name shop --scope send,read\n"
      "  postrider keys create --name ann --scope send --user 7 --rate 60 --config config.toml\n"
      "  postrider keys list\n"
      "  POSTRIDER_KEY=pr_... postrider keys revoke shop --url http://127.0.0.1:8080\n"
      "A server that runs on this machine is asked by its local socket, without a key.\n",
      "0 done, 1 failed, 2 usage.");
  require_subcommand(*sub, 1, 1);
  add_create(*sub, *given);
  add_list(*sub, *given);
  add_revoke(*sub, *given);
  when_chosen(*sub, [&context, &chosen, given, sub] {
    const auto name = chosen_subcommand(*sub);
    chosen = [&context, given, name] {
      if (name == "create") return create(context, *given);
      return name == "list" ? list(context, *given) : revoke(context, *given);
    };
  });
}

}  // namespace postrider::cli
