#include "http/openapi/embedded_files.hpp"
#include "http/problem.hpp"
#include "http/router.hpp"
#include "server_fixture.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace postrider;

namespace {

boost::json::value description() {
  return boost::json::parse(http::embedded_files().front().content);
}

std::string_view name_of(http::method method) {
  switch (method) {
    case http::method::get: return "get";
    case http::method::put: return "put";
    case http::method::post: return "post";
    case http::method::patch: return "patch";
    case http::method::del: return "delete";
    default: return "?";
  }
}

const boost::json::value& resolved(const boost::json::value& document,
                                   const boost::json::value& node) {
  const auto* reference = node.as_object().if_contains("$ref");
  return reference ? document.at_pointer(std::string(reference->as_string()).substr(1)) : node;
}

/// "get /v1/messages/{message_id}", and with its query parameters: what can be asked of the server.
using routes = std::map<std::string, std::set<std::string>>;

void add_query(const boost::json::value& document, const boost::json::object& from,
               std::set<std::string>& into) {
  const auto* parameters = from.if_contains("parameters");
  if (!parameters) return;
  for (const auto& each : parameters->as_array()) {
    const auto& one = resolved(document, each);
    if (one.at("in") == "query") into.emplace(one.at("name").as_string());
  }
}

routes described() {
  const auto document = description();
  routes all;
  for (const auto& path : document.at("paths").as_object())
    for (const auto& [name, operation] : path.value().as_object()) {
      if (!operation.is_object()) continue;
      auto& query = all[std::string(name) + " " + std::string(path.key())];
      add_query(document, operation.as_object(), query);
    }
  return all;
}

routes served() {
  routes all;
  for (const auto& one : http::endpoints()) {
    auto& query = all[fmt::format("{} {}", name_of(one.method), one.pattern)];
    for (const auto parameter : one.query)
      if (!parameter.empty()) query.emplace(parameter);
  }
  return all;
}

/// Objects that have more members than are described, and parts of others that are closed.
const std::set<std::string> open_on_purpose{
    "/components/schemas/api_key", "/components/schemas/endpoint",
    "/components/schemas/send_members",
    "/paths/~1openapi.json/get/responses/200/content/application~1json/schema"};

std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

/// `closed`: it is a part of a whole that is.
void find_open_objects(const boost::json::value& node, const std::string& at, bool closed,
                       std::set<std::string>& found) {
  if (const auto* list = node.if_array())
    for (std::size_t i = 0; i < list->size(); ++i)
      find_open_objects((*list)[i], fmt::format("{}/{}", at, i), closed, found);
  const auto* object = node.if_object();
  if (!object) return;
  const bool whole = object->contains("unevaluatedProperties");
  if (object->contains("properties") && !object->contains("additionalProperties") && !whole &&
      !closed)
    found.insert(at);
  for (const auto& [name, child] : *object)
    find_open_objects(child, at + "/" + escaped(name),
                      name == "allOf" ? whole : closed && name != "properties", found);
}

/// The members of a request's body as they are described.
void add_members(const boost::json::value& document, const boost::json::value& schema,
                 std::set<std::string>& into) {
  const auto& object = resolved(document, schema).as_object();
  if (const auto* items = object.if_contains("items")) return add_members(document, *items, into);
  if (const auto* parts = object.if_contains("allOf"))
    for (const auto& part : parts->as_array())
      add_members(document, part, into);
  if (const auto* properties = object.if_contains("properties"))
    for (const auto& one : properties->as_object())
      into.emplace(one.key());
}

/// The members that are read: a name that is like none of them is answered with all of them.
std::set<std::string> known_members(const std::string& answer) {
  constexpr std::string_view before = "; known are ";
  std::set<std::string> known;
  const auto document = boost::json::parse(answer);
  for (const auto& error : document.at("errors").as_array()) {
    const std::string detail(error.at("detail").as_string());
    if (error.at("code") != "unknown_member") continue;
    for (auto from = detail.find(before) + before.size(); from < detail.size();) {
      const auto end = std::min(detail.find(", ", from), detail.size());
      known.insert(detail.substr(from, end - from));
      from = end + 2;
    }
  }
  return known;
}

/// A line for each route: the scope that a key needs, whether it is one of a user's, and its
/// summary.
std::string route_table() {
  const auto document = description();
  std::string table =
      "| route | scope | a key for some users | a test key | |\n|---|---|---|---|---|\n";
  for (const auto& one : http::endpoints()) {
    const auto& needs = one.needs;
    const auto& operation = document.at("paths").at(one.pattern).at(name_of(one.method));
    const bool admin = needs.scope == persistence::scope::admin;
    const bool of_source = needs.scope == persistence::scope::ingest;
    const std::string_view limited = !needs.scope         ? "no key needed"
                                     : admin || of_source ? "there is none"
                                     : needs.of_users     ? "their own"
                                                          : "everything";
    const std::string_view test = !needs.scope ? "no key needed"
                                  : admin      ? "there is none"
                                  : needs.real ? "403"
                                               : "its own";
    table +=
        fmt::format("| `{} {}` | {} | {} | {} | {} |\n", http::method_name(one.method), one.pattern,
                    needs.scope ? fmt::format("`{}`", to_string(*needs.scope)) : "", limited, test,
                    std::string(operation.at("summary").as_string()));
  }
  return table;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interface_description)

BOOST_AUTO_TEST_CASE(no_answer_has_members_that_are_not_described) {
  std::set<std::string> found;
  find_open_objects(description(), "", false, found);
  BOOST_TEST(found == open_on_purpose, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(every_member_that_is_read_is_described, test::server_fixture) {
  const auto document = description();
  int compared = 0;
  for (const auto& one : http::endpoints()) {
    if (one.content != http::content::json && one.content != http::content::optional_json) continue;
    const auto& body = resolved(
        document, document.at("paths").at(one.pattern).at(name_of(one.method)).at("requestBody"));
    const auto& schema = body.at("content").at("application/json").at("schema");
    std::set<std::string> described;
    add_members(document, schema, described);
    std::string path(one.pattern);
    for (auto open = path.find('{'); open != path.npos; open = path.find('{'))
      path.replace(open, path.find('}') - open + 1, "1");
    std::string json = R"({"zzzzzzzzzzzzzzzzzzzz":1})";
    if (resolved(document, schema).as_object().contains("items")) json = "[" + json + "]";
    auto bytes = test::post(path, json);
    if (one.method != http::method::post)
      bytes.replace(0, 4, one.method == http::method::put ? "PUT" : "PATCH");
    BOOST_TEST_CONTEXT(one.pattern)
    BOOST_TEST(known_members(ask(bytes).body) == described, boost::test_tools::per_element());
    ++compared;
  }
  BOOST_TEST(compared == 14);
}

BOOST_AUTO_TEST_CASE(every_route_is_described_and_every_described_route_is_served) {
  const auto from_document = described(), from_router = served();
  for (const auto& [route, query] : from_router) {
    const auto found = from_document.find(route);
    BOOST_TEST_CONTEXT(route) {
      BOOST_REQUIRE_MESSAGE(found != from_document.end(), "is not described");
      BOOST_TEST(found->second == query, boost::test_tools::per_element());
    }
  }
  for (const auto& [route, query] : from_document)
    BOOST_TEST(from_router.contains(route), route << " is described, but not served");
}

/// As OpenAPI 3.1 has roles: the scope stands in the operation's `security`.
BOOST_AUTO_TEST_CASE(the_scope_of_every_route_is_described) {
  const auto document = description();
  for (const auto& one : http::endpoints()) {
    const auto& security =
        document.at("paths").at(one.pattern).at(name_of(one.method)).at("security").as_array();
    const auto scope = one.needs.scope ? std::string(to_string(*one.needs.scope)) : std::string();
    const auto described = security.empty()
                               ? std::string()
                               : std::string(security.at(0).at("key").as_array().at(0).as_string());
    BOOST_TEST(described == scope, one.pattern);
  }
}

/// docs/reference/routes.md has the table of all routes between two lines.
BOOST_AUTO_TEST_CASE(the_table_of_routes_is_that_of_the_router) {
  std::ifstream file(SOURCE_DIR "/docs/reference/routes.md");
  std::ostringstream text;
  text << file.rdbuf();
  constexpr std::string_view begin = "<!-- routes -->\n", end = "<!-- end of routes -->\n";
  const auto whole = text.str();
  const auto from = whole.find(begin), to = whole.find(end);
  BOOST_REQUIRE(from != whole.npos && to != whole.npos);
  const auto table = route_table();
  BOOST_TEST(whole.substr(from + begin.size(), to - from - begin.size()) == table,
             "put this into docs/reference/routes.md:\n"
                 << table);
}

BOOST_FIXTURE_TEST_CASE(the_description_and_its_page_are_served, test::server_fixture) {
  const auto document = ask("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(document.status == 200);
  BOOST_TEST(document.field("content-type") == "application/json");
  BOOST_TEST(boost::json::parse(document.body).at("openapi") == "3.1.0");

  const auto page = ask("GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.field("content-type") == "text/html; charset=utf-8");
  BOOST_TEST(
      page.field("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
  BOOST_TEST(page.field("x-content-type-options") == "nosniff");
  BOOST_TEST(ask("GET /docs/nothing.js HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 404);
  if (std::ranges::find(http::embedded_files(), "index.html", &http::embedded_file::name) ==
      http::embedded_files().end())
    return;
  // Every file that it names is there, and nothing that it names is elsewhere.
  for (const std::string_view file : {"swagger-ui.css", "swagger-ui-bundle.js", "page.js"}) {
    BOOST_TEST(page.body.find(fmt::format("\"docs/{}\"", file)) != std::string::npos);
    const auto part = ask(fmt::format("GET /docs/{} HTTP/1.1\r\nHost: localhost\r\n\r\n", file));
    BOOST_TEST(part.status == 200);
  }
  BOOST_TEST(page.body.find("http:") == std::string::npos);
  BOOST_TEST(page.body.find("https:") == std::string::npos);
}

/// The page at /docs of a build without swagger-ui.
BOOST_FIXTURE_TEST_CASE(the_plain_page_shows_every_operation_and_loads_nothing_from_elsewhere,
                        test::server_fixture) {
  const auto page = ask("GET /docs/reference.html HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.field("content-type") == "text/html; charset=utf-8");
  std::size_t shown = 0;
  for (const auto& at : http::endpoints()) {
    const auto heading =
        fmt::format("<h3><code>{} {}</code></h3>", http::method_name(at.method), at.pattern);
    BOOST_TEST(page.body.find(heading) != std::string::npos, heading);
    ++shown;
  }
  BOOST_TEST(shown > 30);
  BOOST_TEST(page.body.find("<code>GET /metrics</code></a></td><td><code>metrics</code></td>") !=
             std::string::npos);
  BOOST_TEST(page.body.find("<code>GET /livez</code></a></td><td>no key</td>") !=
             std::string::npos);
  BOOST_TEST(page.body.find("<script") == std::string::npos);
  for (const auto* elsewhere : {"src=", "href=\"http", "href=\"//", "url("})
    BOOST_TEST(page.body.find(elsewhere) == std::string::npos, elsewhere);
  BOOST_TEST(page.body.find("\"docs/plain.css\"") != std::string::npos);
  BOOST_TEST(ask("GET /docs/plain.css HTTP/1.1\r\nHost: localhost\r\n\r\n").field("content-type") ==
             "text/css; charset=utf-8");
}

BOOST_AUTO_TEST_SUITE_END()
