#pragma once

#include "http/router.hpp"
#include "server_fixture.hpp"

#include <fmt/format.h>

#include <map>

namespace postrider::test {

/// Nothing has happened; a stream ends when it asks again.
inline void done_with_events(const actors::event_request& request,
                             const actors::completion<actors::event_listing>& done) {
  if (request.wait.count() == 0) return done(actors::event_listing{});
  done(actors::service_error{actors::service_errc::unavailable, "it ends", {}, {}});
}

/// The last argument is what an answer is given to.
inline auto nothing() {
  return [](auto&&... all) {
    auto& done = std::get<sizeof...(all) - 1>(std::tie(all...));
    done(actors::service_error{actors::service_errc::conflict, "let in", {}, {}});
  };
}

/// A server that needs keys, and the keys that it knows.
struct keys_fixture : server_fixture {
  keys_fixture() {
    settings.keys_required = true;
    gateway.on_admit = [this](std::string_view key) -> actors::result<actors::admission> {
      ++admitted;
      const auto found = known.find(std::string(key));
      return found == known.end() ? actors::admission{} : found->second;
    };
  }
  void know(std::string name, persistence::scope_set scopes, std::vector<std::int64_t> users = {}) {
    persistence::api_key key;
    key.id = static_cast<persistence::api_key_id>(known.size()) + 1;
    key.name = name;
    key.scopes = scopes;
    key.users = std::move(users);
    known[name] = {std::make_shared<persistence::api_key>(std::move(key)), {}};
  }
  /// Answers that say nothing: who comes so far was let in.
  void answer_everything() {
    gateway.on_send = nothing();
    gateway.on_find_transaction = nothing();
    gateway.on_find_message = nothing();
    gateway.on_cancel = nothing();
    gateway.on_retry = nothing();
    gateway.on_settle = nothing();
    gateway.on_list_messages = nothing();
    gateway.on_list_transactions = nothing();
    gateway.on_events = [](const actors::event_request& request, auto done) {
      done_with_events(request, done);
    };
    gateway.on_explain_route = nothing();
    gateway.on_explain_transaction = nothing();
    gateway.on_user_providers = nothing();
    gateway.on_put_user_providers = nothing();
    gateway.on_providers = nothing();
    gateway.on_receipt = nothing();
    gateway.on_inspect = nothing();
    gateway.on_create_key = nothing();
    gateway.on_keys = nothing();
    gateway.on_revoke_key = nothing();
    gateway.on_answer_challenge = nothing();
    gateway.on_switch_provider = nothing();
    gateway.on_try_provider = nothing();
    gateway.on_list_audit = nothing();
    gateway.on_count_messages = nothing();
    gateway.on_failures = nothing();
    gateway.on_create_endpoint = nothing();
    gateway.on_endpoints = nothing();
    gateway.on_find_endpoint = nothing();
    gateway.on_change_endpoint = nothing();
    gateway.on_delete_endpoint = nothing();
    gateway.on_endpoint_deliveries = nothing();
    gateway.on_replay_deliveries = nothing();
    gateway.on_test_endpoint = nothing();
  }
  static std::string bearer(std::string_view key) {
    return fmt::format("Authorization: Bearer {}\r\n", key);
  }
  /// A request to that endpoint as good as any: about user 1, without a body of use.
  static std::string request_to(const http::endpoint& at, std::string_view fields) {
    static const std::map<http::method, std::string> methods{{http::method::get, "GET"},
                                                             {http::method::post, "POST"},
                                                             {http::method::put, "PUT"},
                                                             {http::method::patch, "PATCH"},
                                                             {http::method::del, "DELETE"}};
    std::string path(at.pattern);
    for (auto open = path.find('{'); open != path.npos; open = path.find('{')) {
      const auto close = path.find('}', open);
      const auto name = path.substr(open + 1, close - open - 1);
      path.replace(open, close - open + 1,
                   name == "message_id" ? persistence::to_string(some_message_id()) : "1");
    }
    const bool has_body = at.method != http::method::get && at.content != http::content::none;
    const std::string_view body = has_body ? "{}" : "";
    return fmt::format(
        "{} {} HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
        methods.at(at.method), path, fields,
        at.content == http::content::lines ? "application/x-ndjson" : "application/json",
        body.size(), body);
  }
  std::map<std::string, actors::admission> known;
  int admitted = 0;
};

}  // namespace postrider::test
