#include "http/routes/keys.hpp"

#include "http/routes/body.hpp"

#include <array>
#include <limits>

namespace postrider::http::routes {
namespace {

using actors::new_key;
using persistence::api_key;

constexpr std::size_t scope_count = 5;
constexpr std::array<std::string_view, scope_count> scope_names{"send", "read", "metrics", "ingest",
                                                                "admin"};

void read_scopes(const field& from, new_key& into) {
  from.elements(1, scope_count, [&](const field& element) {
    if (const auto index = element.choice(scope_names))
      into.scopes.add(*persistence::parse_scope(scope_names[*index]));
  });
}

void read_users(const field& from, new_key& into) {
  from.elements(0, persistence::max_key_users, [&](const field& element) {
    if (const auto user = element.integer(1, std::numeric_limits<std::int64_t>::max()))
      into.users.push_back(*user);
  });
}

void read_sources(const field& from, new_key& into) {
  from.elements(0, persistence::max_key_sources, [&](const field& element) {
    if (const auto name = element.text(1, 64)) into.sources.emplace_back(*name);
  });
}

constexpr std::array key_members{
    member<new_key>{"name", presence::required,
                    [](const field& from, new_key& into) {
                      if (const auto name = from.text(1, 64)) into.name = *name;
                    }},
    member<new_key>{"scopes", presence::required, read_scopes},
    member<new_key>{"users", presence::optional, read_users},
    member<new_key>{"sources", presence::optional, read_sources},
    member<new_key>{"test", presence::optional,
                    [](const field& from, new_key& into) {
                      if (const auto yes = from.boolean()) into.test = *yes;
                    }},
    member<new_key>{"rate_per_minute", presence::optional,
                    [](const field& from, new_key& into) {
                      if (const auto rate = from.integer(0, 1'000'000))
                        into.rate_per_minute = static_cast<std::int32_t>(*rate);
                    }},
    member<new_key>{"expires_at", presence::optional,
                    [](const field& from, new_key& into) { into.expires_at = from.time(); }},
};

}  // namespace

void write_key(json_writer& json, const api_key& key, std::string_view secret) {
  json.begin_object().member("id", key.id).member("name", key.name);
  if (!secret.empty()) json.member("key", secret);
  json.member("prefix", key.prefix).key("scopes").begin_array();
  for (const auto name : scope_names)
    if (key.scopes.names(*persistence::parse_scope(name))) json.value(name);
  json.end_array().key("users").begin_array();
  for (const auto user : key.users)
    json.value(user);
  json.end_array().key("sources").begin_array();
  for (const auto& source : key.sources)
    json.value(source);
  json.end_array()
      .member("test", key.test)
      .member("rate_per_minute", key.rate_per_minute)
      .member("created_at", key.created_at)
      .member("expires_at", key.expires_at)
      .member("last_used_at", key.last_used_at)
      .member("revoked_at", key.revoked_at)
      .end_object();
}

void create_key(exchange& x) {
  new_key wanted;
  const auto read = [&](const field& document) {
    read_members<new_key>(document, key_members, wanted);
    if (document.any_wrong())
      document.wrong_values(actors::value_problems(
          wanted, std::chrono::floor<time_point::duration>(std::chrono::system_clock::now())));
  };
  if (!read_body(x, read)) return;
  x.ask<actors::created_key>(
      [wanted = std::move(wanted)](actors::gateway& gateway, auto done) mutable {
        gateway.create_key(std::move(wanted), std::move(done));
      },
      [](const actors::created_key& made, response& answer) -> std::optional<problem> {
        answer.status = 201;
        answer.location = fmt::format("/v1/keys/{}", made.key.id);
        json_writer json(answer.body);
        write_key(json, made.key, made.secret);
        return std::nullopt;
      });
}

void get_keys(exchange& x) {
  x.ask<std::vector<api_key>>(
      [](actors::gateway& gateway, auto done) { gateway.keys(std::move(done)); },
      [](const std::vector<api_key>& keys, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        json.begin_object().key("data").begin_array();
        for (const auto& key : keys)
          write_key(json, key);
        json.end_array().end_object();
        return std::nullopt;
      });
}

void revoke_key(exchange& x) {
  const auto id = read_id<persistence::api_key_id>(x, 0, "key");
  if (!id) return;
  x.ask<api_key>(
      [id = *id](actors::gateway& gateway, auto done) { gateway.revoke_key(id, std::move(done)); },
      [](const api_key& key, response& answer) -> std::optional<problem> {
        json_writer json(answer.body);
        write_key(json, key);
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
