#include "actors/providers/signal/signal.hpp"

#include "actors/providers/problem_list.hpp"
#include "actors/providers/signal/signal_rest.hpp"
#include "actors/providers/signal/signal_rpc.hpp"
#include "actors/providers/titled_text.hpp"
#include "actors/rules/addresses.hpp"

namespace postrider::actors {
namespace {

constexpr driver_key signal_keys[]{
    {"api", key_kind::text, false, "json-rpc",
     "json-rpc: signal-cli's own daemon; rest: signal-cli-rest-api, which gives up after 120 s, so "
     "set timeout to 130s"},
    {"url", key_kind::text, true, "", "the URL of the daemon, such as http://127.0.0.1:8090"},
    {"account", key_kind::text, true, "", "the sending account's phone number"},
    subject_in_text_key,
};

boost::system::result<std::unique_ptr<driver>, std::string> make_signal_driver(
    const provider_settings& settings) {
  problem_list wrong;
  const auto api = key_value(settings, "api");
  if (!api.empty() && api != "json-rpc" && api != "rest")
    wrong.add("api: it must be \"json-rpc\" or \"rest\"");
  auto url = normalise_url(key_value(settings, "url"));
  if (!url) wrong.add("url: " + url.error().detail);
  else if (url->find_first_of("?#") != std::string::npos)
    wrong.add("url: it must end with a host or a path, without ? or #");
  auto account = normalise_phone(key_value(settings, "account"));
  if (!account) wrong.add("account: " + account.error().detail);
  const bool titled = subject_in_text(settings, wrong);
  if (!wrong.empty()) return {boost::system::in_place_error, wrong.text()};
  while (url->back() == '/')
    url->pop_back();
  signal_settings checked{settings.name,       std::move(*url),
                          std::move(*account), settings.connect_timeout,
                          settings.timeout,    titled};
  return api == "rest" ? make_signal_rest(std::move(checked)) : make_signal_rpc(std::move(checked));
}

}  // namespace

driver_type signal_driver_type() {
  return {"signal",    "Signal, through a signal-cli daemon",
          signal_keys, std::chrono::seconds(120),
          1,           make_signal_driver};
}

}  // namespace postrider::actors
