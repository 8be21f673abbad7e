#include "http/routes/browser_session.hpp"

#include "http/json/json_writer.hpp"
#include "http/routes/body.hpp"
#include "http/session_cookie.hpp"

namespace postrider::http::routes {
namespace {

struct sign_in_request {
  std::string key, link;
};

constexpr std::array sign_in_members{
    member<sign_in_request>{"key", presence::optional,
                            [](const field& from, sign_in_request& into) {
                              if (const auto key = from.text(1, 256)) into.key = *key;
                            }},
    member<sign_in_request>{"link", presence::optional,
                            [](const field& from, sign_in_request& into) {
                              if (const auto link = from.text(1, 256)) into.link = *link;
                            }},
};

/// The key that a link makes lives as long as a session: enough to make a key of one's own.
constexpr std::string_view first_key_name = "first sign-in";
constexpr std::chrono::hours first_key_life{12};

constexpr std::array all_scopes{persistence::scope::send, persistence::scope::read,
                                persistence::scope::metrics, persistence::scope::ingest,
                                persistence::scope::admin};

struct new_session {
  std::shared_ptr<const persistence::api_key> key;
  std::string token;
};

void set_cookie(response& answer, std::string cookie) {
  answer.status = 204;
  answer.content_type = {};
  answer.cookie = std::move(cookie);
  answer.fixed_fields = "Cache-Control: no-store\r\n";
}

/// RFC 9110, 15.5.2: each 401 says how else to come in.
void note_wrong_key(response& answer) {
  answer.wrong_key = true;
  answer.authenticate = R"(Bearer realm="postrider")";
}

/// Asked in the route and not by the header's key, so that a page can show what was wrong.
std::optional<problem> refusal_of(const actors::admission& admitted) {
  if (!admitted.client)
    return problem{problem_code::unauthorized,
                   "there is no such key, or it has expired or was revoked"};
  if (admitted.rate && !admitted.rate->allowed)
    return problem{problem_code::rate_limited, "this key has used up its requests of the minute"};
  if (!admitted.client->scopes.allows(persistence::scope::read))
    return problem{problem_code::insufficient_scope,
                   "the page needs a key with the scope \"read\" or \"admin\""};
  return std::nullopt;
}

}  // namespace

namespace {

using actors::gateway;

void begin_session_of(gateway& gateway, std::shared_ptr<const persistence::api_key> key,
                      actors::completion<new_session> done) {
  const auto id = key->id;
  gateway.begin_session(id, [key = std::move(key), done = std::move(done)](auto token) {
    if (!token) return done(token.error());
    done(new_session{key, *token});
  });
}

void answer_sign_in(exchange& x, auto asks) {
  x.ask<new_session>(std::move(asks),
                     [secure = is_page_secure(x.request)](
                         const new_session& made, response& answer) -> std::optional<problem> {
                       answer.signed_in = made.key;
                       set_cookie(answer, session_cookie(made.token, secure));
                       return std::nullopt;
                     });
}

void sign_in_with_key(exchange& x, std::string_view given) {
  const auto admitted = x.gateway.admit(given);
  if (!admitted) return x.fail(to_problem(admitted.error()));
  if (!admitted->client) note_wrong_key(x.response);
  if (const auto refused = refusal_of(*admitted)) return x.fail(*refused);
  answer_sign_in(x, [key = admitted->client](gateway& gateway, auto done) {
    begin_session_of(gateway, key, std::move(done));
  });
}

/// There is no key: the link makes the first one, which nobody sees, and signs in with it.
void sign_in_with_link(exchange& x, std::string_view link) {
  auto& first = x.common.first_sign_in;
  if (!first.take(link, inbound::first_sign_in::clock::now())) {
    note_wrong_key(x.response);
    return x.fail({problem_code::unauthorized,
                   "the link was used, or its half hour is over; make a key with \"postrider keys "
                   "create\", or restart a server that never had a key for another link"});
  }
  answer_sign_in(x, [&first](gateway& gateway, auto done) {
    actors::new_key wanted;
    wanted.name = first_key_name;
    wanted.scopes = {persistence::scope::admin};
    wanted.expires_at = std::chrono::time_point_cast<persistence::time_point::duration>(
        std::chrono::system_clock::now() + first_key_life);
    gateway.create_key(std::move(wanted), [&gateway, &first, done = std::move(done)](auto created) {
      if (!created) {
        first.give_back();
        return done(created.error());
      }
      begin_session_of(gateway, std::make_shared<persistence::api_key>(created->key), done);
    });
  });
}

}  // namespace

void sign_in(exchange& x) {
  sign_in_request wanted;
  if (!read_body<sign_in_request>(x, sign_in_members, wanted)) return;
  if (!is_from_own_page(x.request))
    return x.fail({problem_code::forbidden,
                   "a browser signs in from a page of this server, at the address that the page "
                   "was loaded from; programs send an API key: Authorization: Bearer pr_..."});
  if (wanted.key.empty() == wanted.link.empty())
    return x.fail({problem_code::invalid, "give either \"key\" or \"link\""});
  if (wanted.link.empty()) sign_in_with_key(x, wanted.key);
  else sign_in_with_link(x, wanted.link);
}

void show_session(exchange& x) {
  const auto& key = x.request.client;
  json_writer json(x.response.body);
  // Without a key it came by the local socket, or the server asks for none.
  json.begin_object().text_or_null("name", key ? std::string_view(key->name) : std::string_view());
  json.key("scopes").begin_array();
  for (const auto scope : all_scopes)
    if (!key || key->scopes.allows(scope)) json.value(persistence::to_string(scope));
  json.end_array().key("users").begin_array();
  if (key)
    for (const auto user : key->users)
      json.value(user);
  json.end_array().member("test", key && key->test).member("version", POSTRIDER_VERSION);
  json.end_object();
  x.response.fixed_fields = "Cache-Control: no-store\r\n";
}

void sign_out(exchange& x) {
  auto token = std::string(session_token(x.request));
  if (token.empty()) return set_cookie(x.response, session_cookie({}, is_page_secure(x.request)));
  x.ask<bool>(
      [token = std::move(token)](actors::gateway& gateway, auto done) mutable {
        gateway.end_session(std::move(token), std::move(done));
      },
      [secure = is_page_secure(x.request)](bool, response& answer) -> std::optional<problem> {
        set_cookie(answer, session_cookie({}, secure));
        return std::nullopt;
      });
}

}  // namespace postrider::http::routes
