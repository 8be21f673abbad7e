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
      {needed_text(
           "name", "",
           "The unique name of the provider: 1 to 64 lower-case letters, digits and hyphens."),
       nullptr},
      {needed_text("type", "", "One of the provider types below."), nullptr},
      {whole("priority", "100", 1, 1'000'000,
             "For users without a list of their own: 1 is tried before 2."),
       into<&p::priority>},
      {plain(kind::boolean, "active", "true", "false: no message is sent through it."),
       into<&p::active>},
      {whole("max_in_flight", fmt::format("{}", in_flight), 1, 10'000,
             "Deliveries in flight at one time."),
       into<&p::max_in_flight>},
      {plain(kind::rate, "rate", "none",
             "At most this many deliveries per second, minute or hour."),
       into<&p::rate>},
      {span("connect_timeout", "5s", 10, 10 * minute, "The timeout of a connection attempt."),
       into<&p::connect_timeout>},
      {span("timeout", duration_text(type.default_timeout), 10, hour,
            "The timeout of a whole delivery."),
       into<&p::timeout>},
      {one_of("on_unknown", "retry", "retry hold",
              "The step after an attempt that may or may not have been sent: \"retry\" may send "
              "the message twice, \"hold\" leaves it to a person."),
       into<&p::on_unknown>},
      {whole("circuit.failures", "5", 1, 1'000'000,
             "Consecutive failures that open the circuit. While it is open, the provider is not "
             "called."),
       into<&p::circuit, &circuit_settings::failures>},
      {span("circuit.open_for", "30s", 10, day,
            "The time for which an open circuit stays open, at least 1s."),
       into<&p::circuit, &circuit_settings::open_for>},
  };
  if (!type.over_http) return all;
  const provider_key proxy[]{
      {plain(kind::text, "proxy.url", "",
             "The proxy for this provider in place of [http_proxy]. \"none\": it is called "
             "directly."),
       into<&p::proxy, &http_proxy::url>},
      {plain(kind::text, "proxy.username", "", "The user name for that proxy."),
       into<&p::proxy, &http_proxy::username>},
      {plain(kind::secret, "proxy.password", "", "The password for that proxy."),
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
