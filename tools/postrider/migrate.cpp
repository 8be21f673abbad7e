#include "tools/postrider/commands.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace postrider::cli {

namespace {

int report(command_context& context, bool json, const std::string& database, bool changed,
           const std::string& text) {
  if (json) {
    context.out << boost::json::serialize(
                       boost::json::object{{"database", database}, {"changed", changed}})
                << '\n';
  } else {
    context.out << database << ": " << text << '\n';
  }
  return done;
}

int migrate(command_context& context, const database_options& given) {
  using persistence::schema_state;
  const auto database = open_configured_database(context, given);
  if (!database) return failed;
  const auto name = database->description();
  const auto before = database->schema();
  if (!before) return fail(context, before.error().message);
  if (*before == schema_state::current)
    return report(context, given.json, name, false, "the schema is current");
  if (*before == schema_state::newer) {
    return fail(context,
                name + ": the schema is newer than this program; run the version that made it");
  }
  if (const auto migrated = database->migrate(); !migrated)
    return fail(context, migrated.error().message);
  return report(context, given.json, name, true,
                *before == schema_state::missing ? "the schema was created"
                                                 : "the schema was brought up to date");
}

}  // namespace

void add_migrate(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<database_options>();
  auto* sub = add_command(app, "migrate", "Create the database schema or bring it to this version.",
                          "  postrider migrate\n"
                          "  postrider migrate --database sqlite:postrider.db\n"
                          "Make a backup first, and stop every server on that database.\n",
                          "0 the schema is current, 1 failed (nothing is half done), 2 usage.");
  add_database_options(*sub, *given);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return migrate(context, *given); };
  });
}

}  // namespace postrider::cli
