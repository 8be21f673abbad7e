#include "tools/postrider/key_builders.hpp"

#include <fmt/format.h>

namespace postrider::cli {

namespace {

using actors::circuit_settings;
using actors::http_proxy;
using actors::messaging_settings;
using actors::provider_settings;

value_kind kind_of(actors::key_kind of) {
  switch (of) {
    case actors::key_kind::text: return kind::text;
    case actors::key_kind::integer: return kind::integer;
    case actors::key_kind::boolean: return kind::boolean;
    case actors::key_kind::duration: return kind::duration;
    case actors::key_kind::secret: return kind::secret;
  }
  return kind::text;
}

}  // namespace

std::vector<provider_key> common_provider_keys(const actors::driver_type& type,
                                               const messaging_settings& messaging) {
  using p = provider_settings;
  const auto in_flight =
      type.default_max_in_flight > 0 ? type.default_max_in_flight : messaging.worker_count;
  std::vector<provider_key> all{
      {needed_text("name", "",
                   "What it is called everywhere: 1 to 64 lower-case letters, digits and hyphens; "
                   "no two are the same."),
       nullptr},
      {needed_text("type", "", "How it sends: one of the provider types below."), nullptr},
      {whole("priority", "100", 1, 1'000'000,
             "For users without a list of their own: 1 is tried before 2."),
       into<&p::priority>},
      {plain(kind::boolean, "active", "true", "false: nothing is sent through it."),
       into<&p::active>},
      {whole("max_in_flight", fmt::format("{}", in_flight), 1, 10'000,
             "Deliveries in flight at one time."),
       into<&p::max_in_flight>},
      {plain(kind::rate, "rate", "none", "No more deliveries than this."), into<&p::rate>},
      {span("connect_timeout", "5s", 10, 10 * minute, "How long to try to connect."),
       into<&p::connect_timeout>},
      {span("timeout", duration_text(type.default_timeout), 10, hour,
            "How long one delivery may take in all."),
       into<&p::timeout>},
      {one_of("on_unknown", "retry", "retry hold",
              "When nobody knows whether a message was sent: \"retry\" may send it twice, \"hold\" "
              "leaves it to a person."),
       into<&p::on_unknown>},
      {whole("circuit.failures", "5", 1, 1'000'000,
             "After so many failures in a row the provider is left alone for a while."),
       into<&p::circuit, &circuit_settings::failures>},
      {span("circuit.open_for", "30s", 10, day, "How long it is left alone; a second at least."),
       into<&p::circuit, &circuit_settings::open_for>},
  };
  if (!type.over_http) return all;
  const provider_key proxy[]{
      {plain(kind::text, "proxy.url", "",
             "A proxy of its own in place of [http_proxy]; \"none\": it is called directly."),
       into<&p::proxy, &http_proxy::url>},
      {plain(kind::text, "proxy.username", "", "The user name there."),
       into<&p::proxy, &http_proxy::username>},
      {plain(kind::secret, "proxy.password", "", "The password there."),
       into<&p::proxy, &http_proxy::password>},
      {plain(kind::text, "proxy.no_proxy", called_directly, "Hosts that are called directly."),
       into<&p::proxy, &http_proxy::no_proxy>}};
  all.insert(all.end(), std::begin(proxy), std::end(proxy));
  return all;
}

std::vector<key_info> type_keys(const actors::driver_type& type) {
  std::vector<key_info> found;
  for (const auto& key : type.keys) {
    found.push_back({.name = std::string(key.name),
                     .kind = kind_of(key.kind),
                     .default_value = std::string(key.default_value),
                     .help = std::string(key.help),
                     .required = key.required});
  }
  return found;
}

}  // namespace postrider::cli
