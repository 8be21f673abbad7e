#include "tools/postrider/key_store.hpp"

#include "actors/rules/api_keys.hpp"
#include "base/time_text.hpp"
#include "http/routes/keys.hpp"
#include "tools/postrider/local_socket.hpp"
#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace postrider::cli {

namespace {

namespace json = boost::json;
using persistence::api_key;

json::object document_of(const api_key& key, std::string_view secret = {}) {
  std::string text;
  http::json_writer writer(text);
  http::routes::write_key(writer, key, secret);
  return json::parse(text).as_object();
}

/// All that is wrong with a new key; the server's own answer is shown in the same way.
failure refused(const actors::service_error& error) {
  if (error.problems.size() < 2) return failure::because(error.detail);
  std::string text = error.detail + ":";
  for (const auto& one : error.problems)
    text += fmt::format("\n  {}: {}", one.pointer, one.detail);
  return failure::because(std::move(text));
}

class server_keys final : public key_store {
 public:
  explicit server_keys(std::unique_ptr<http_client> server) : server_(std::move(server)) {}

  outcome<json::object> create(const wanted_key& wanted) override {
    json::object body{{"name", wanted.name},
                      {"scopes", json::array(wanted.scopes.begin(), wanted.scopes.end())}};
    if (!wanted.users.empty())
      body["users"] = json::array(wanted.users.begin(), wanted.users.end());
    if (!wanted.sources.empty())
      body["sources"] = json::array(wanted.sources.begin(), wanted.sources.end());
    if (wanted.test) body["test"] = true;
    if (wanted.rate_per_minute > 0) body["rate_per_minute"] = wanted.rate_per_minute;
    if (!wanted.expires_at.empty()) body["expires_at"] = wanted.expires_at;
    return ask("POST", "/v1/keys", json::serialize(body));
  }

  outcome<json::array> list() override {
    const auto answer = ask("GET", "/v1/keys", "");
    if (!answer) return answer.error();
    const auto* data = answer->if_contains("data");
    return data != nullptr && data->is_array() ? data->get_array() : json::array();
  }

  outcome<json::object> revoke(const std::string& id) override {
    return ask("DELETE", "/v1/keys/" + id, "");
  }

 private:
  outcome<json::object> ask(const std::string& method, const std::string& target,
                            const std::string& body) {
    const auto reply = server_->request(method, target, body);
    if (!reply) return reply.error();
    return understood_answer(*reply);
  }

  std::unique_ptr<http_client> server_;
};

class database_key_store final : public key_store {
 public:
  explicit database_key_store(std::unique_ptr<persistence::ledger_database> database)
      : database_(std::move(database)) {}

  outcome<json::object> create(const wanted_key& wanted) override {
    actors::new_key request{.name = wanted.name,
                            .users = wanted.users,
                            .sources = wanted.sources,
                            .test = wanted.test,
                            .rate_per_minute = wanted.rate_per_minute};
    for (const auto& word : wanted.scopes)
      if (const auto scope = persistence::parse_scope(word)) request.scopes.add(*scope);
    if (!wanted.expires_at.empty()) {
      request.expires_at = parse_rfc3339(wanted.expires_at);
      if (!request.expires_at)
        return failure::because("--expires must be a time such as 2027-01-31T00:00:00Z");
    }
    auto made = actors::make_api_key(std::move(request), now(), actors::random_key_bytes());
    if (!made) return refused(made.error());
    const auto stored = apply(persistence::create_api_key{made->key});
    if (!stored) return stored.error();
    if (stored->status == persistence::transition_status::conflict)
      return failure::because(
          fmt::format("there is, or was, an API key named \"{}\"", made->key.name));
    if (stored->status == persistence::transition_status::refused)
      return failure::because(stored->reason);
    made->key.id = stored->ids.front();
    return document_of(made->key, made->secret);
  }

  outcome<json::array> list() override {
    const auto keys = stored_keys();
    if (!keys) return keys.error();
    json::array documents;
    for (const auto& key : *keys)
      documents.push_back(document_of(key));
    return documents;
  }

  outcome<json::object> revoke(const std::string& id) override {
    persistence::api_key_id number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    const auto ended = apply(persistence::revoke_api_key{number});
    if (!ended) return ended.error();
    const auto keys = stored_keys();
    if (!keys) return keys.error();
    const auto found = std::ranges::find(*keys, number, &api_key::id);
    if (found == keys->end()) return failure::because("there is no API key " + id);
    return document_of(*found);
  }

 private:
  static persistence::time_point now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }

  outcome<persistence::transition_result> apply(persistence::transition transition) {
    persistence::ledger_batch batch;
    batch.now = now();
    batch.transitions.push_back(std::move(transition));
    auto applied = database_->open_ledger()->apply(batch);
    if (!applied) return failure::because(applied.error().message);
    return std::move(applied->front());
  }

  outcome<std::vector<api_key>> stored_keys() {
    auto changes = database_->open_queries()->api_keys(-1);
    if (!changes) return failure::because(changes.error().message);
    return changes->keys.value_or(std::vector<api_key>());
  }

  std::unique_ptr<persistence::ledger_database> database_;
};

/// The first key may be older than the first start of the server.
bool has_schema(command_context& context, persistence::ledger_database& database) {
  using persistence::schema_state;
  const auto schema = database.schema();
  if (!schema) return fail(context, schema.error().message), false;
  if (*schema == schema_state::current) return true;
  if (*schema != schema_state::missing)
    return fail(context, database.description() +
                             ": the schema is of another version; see \"postrider migrate\""),
           false;
  const auto made = database.migrate();
  return made ? true : (fail(context, made.error().message), false);
}

}  // namespace

std::unique_ptr<key_store> open_key_store(command_context& context, const key_place& place,
                                          bool makes_keys) {
  const auto variable = context.variables.find("POSTRIDER_URL");
  const bool names_database = !place.database.config.empty() || !place.database.url.empty();
  const bool has_variable = variable != context.variables.end() && !variable->second.empty();
  if (!place.url.empty() || (has_variable && !names_database)) {
    const auto location = locate_server(context, {.url = place.url});
    return location ? std::make_unique<server_keys>(context.connect(*location)) : nullptr;
  }
  // The server beside the database: it has its file locked, and can be asked.
  const auto socket = find_local_socket(context, place.database.config, place.database.url);
  if (!socket.empty())
    return std::make_unique<server_keys>(
        context.connect({.url = "http://localhost", .key = {}, .ca_file = {}, .socket = socket}));
  auto database = open_configured_database(
      context, place.database,
      "; or ask that server, with --url and POSTRIDER_KEY, or by its local socket as root, as its "
      "user or in its group",
      !makes_keys);
  if (!database || !has_schema(context, *database)) return nullptr;
  return std::make_unique<database_key_store>(std::move(database));
}

}  // namespace postrider::cli
