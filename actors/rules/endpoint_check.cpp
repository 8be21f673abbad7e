#include "actors/rules/endpoint_check.hpp"

#include "actors/providers/webhook/standard_webhooks.hpp"
#include "actors/rules/addresses.hpp"

namespace postrider::actors {

std::vector<field_problem> check_endpoint(persistence::endpoint& what) {
  std::vector<field_problem> problems;
  if (auto url = normalise_url(what.url)) {
    what.url = std::move(*url);
    if (!what.allow_private && !what.url.starts_with("https://"))
      problems.push_back({"/url", "not_https",
                          "an endpoint is called by https; allow_private = true lets http and "
                          "private addresses be called"});
  } else {
    problems.push_back({"/url", url.error().code, url.error().detail});
  }
  const bool one = what.secret.find(' ') == std::string::npos;
  if (!what.secret.empty() && (!one || read_webhook_secrets(what.secret).empty()))
    problems.push_back({"/secret", "not_a_secret",
                        "a secret is whsec_ and base64 of 24 to 64 bytes; leave it out, and one "
                        "is made"});
  return problems;
}

persistence::endpoint changed(persistence::endpoint what,
                              const persistence::change_endpoint& change) {
  if (change.url) what.url = *change.url;
  if (change.allow_private) what.allow_private = *change.allow_private;
  if (change.secret) what.secret = *change.secret;
  return what;
}

}  // namespace postrider::actors
