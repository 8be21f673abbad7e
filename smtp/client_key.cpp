#include "smtp/client_key.hpp"

#include <fmt/format.h>

#include <utility>

namespace postrider::smtp {

std::optional<reply> client_key::log_in(std::string key, const client_facts& client,
                                        dialogue_host& host) {
  if (key.empty()) return reply{535, "5.7.8", "there is no key in this login"};
  text_ = std::move(key);
  auto refused = check_given(client, host);
  if (refused) forget();
  return refused;
}

std::optional<reply> client_key::check(const client_facts& client, dialogue_host& host) {
  known_.reset();
  if (is_given()) {
    auto refused = check_given(client, host);
    if (refused && refused->code == 535) refused->code = 530;
    return refused;
  }
  if (client.trusted) return std::nullopt;
  return reply{530, "5.7.0",
               client.private_way
                   ? "log in: AUTH with an API key of the scope ingest as the password"
                   : "say STARTTLS, and log in with an API key as the password"};
}

std::optional<reply> client_key::check_given(const client_facts& client, dialogue_host& host) {
  auto admitted = host.admit(text_);
  if (!admitted) {
    if (client.any_key) return std::nullopt;
    return reply{454, "4.7.0", std::move(admitted).error().detail};
  }
  const auto& key = admitted->client;
  const bool usable = key && key->scopes.allows(persistence::scope::ingest);
  if (client.any_key) {
    // So that a test key is one here too.
    if (usable) known_ = key;
    return std::nullopt;
  }
  if (!key) return reply{535, "5.7.8", "there is no such key, or it has expired or was revoked"};
  if (!usable)
    return reply{
        550, "5.7.1",
        fmt::format("this needs the scope \"ingest\"; the key has \"{}\"", to_string(key->scopes))};
  if (admitted->rate && !admitted->rate->allowed)
    return reply{450, "4.7.1",
                 fmt::format("this key may send {} mails and requests a minute; again in {} s",
                             admitted->rate->limit, admitted->rate->reset.count())};
  known_ = key;
  return std::nullopt;
}

}  // namespace postrider::smtp
