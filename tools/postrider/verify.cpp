#include "tools/postrider/commands.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <ostream>

namespace postrider::cli {

namespace {

namespace json = boost::json;

constexpr std::int32_t shown_violations = 1'000;
using persistence::verification;

void print_json(std::ostream& out, const verification& found) {
  json::array violations;
  for (const auto& broken : found.violations) {
    violations.push_back({{"invariant", broken.invariant}, {"detail", broken.detail}});
  }
  out << json::serialize(json::object{{"holds", found.violations.empty()},
                                      {"live", found.live},
                                      {"history", found.history},
                                      {"violations", std::move(violations)}})
      << '\n';
}

void print_text(std::ostream& out, const verification& found) {
  for (const auto& broken : found.violations) {
    out << fmt::format("invariant {} is broken: {}\n", broken.invariant, broken.detail);
  }
  const auto rows = fmt::format("{} live, {} history rows", found.live, found.history);
  if (found.violations.empty()) {
    out << "invariants 1 to 5 hold: " << rows << '\n';
  } else {
    const bool more = found.violations.size() >= static_cast<std::size_t>(shown_violations);
    out << fmt::format("{}{} violations: {}\n", more ? "at least " : "", found.violations.size(),
                       rows);
  }
}

int verify(command_context& context, const database_options& given) {
  using persistence::schema_state;
  const auto database = open_configured_database(
      context, given,
      "; or check a copy, which a running server does not mind: sqlite3 postrider.db \".backup "
      "copy.db\"; postrider verify --database sqlite:copy.db",
      true);
  if (!database) return failed;
  const auto schema = database->schema();
  if (!schema) return fail(context, schema.error().message);
  if (*schema != schema_state::current) {
    return fail(context,
                database->description() +
                    (*schema == schema_state::missing
                         ? ": there is no schema; \"postrider migrate\" creates it"
                         : ": the schema is of another version; see \"postrider migrate\""));
  }
  const auto found = database->open_queries()->verify(shown_violations);
  if (!found) return fail(context, found.error().message);
  given.json ? print_json(context.out, *found) : print_text(context.out, *found);
  return found->violations.empty() ? done : failed;
}

}  // namespace

void add_verify(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<database_options>();
  auto* sub =
      add_command(app, "verify", "Check the invariants 1 to 5 of the database.",
                  "  postrider verify\n"
                  "  postrider verify --database sqlite:postrider.db\n"
                  "  sqlite3 postrider.db \".backup copy.db\"; postrider verify --database "
                  "sqlite:copy.db    # beside a running server\n"
                  "The invariants are in docs/internals/architecture.md.\n",
                  "0 all hold, 1 an invariant is broken or the database cannot be read, 2 usage.");
  add_database_options(*sub, *given);
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return verify(context, *given); };
  });
}

}  // namespace postrider::cli
