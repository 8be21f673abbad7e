#pragma once

#include "actors/providers/transfer/http_proxy.hpp"

#include <optional>
#include <string>

namespace postrider::cli {

struct proxy_mistake {
  /// "url", "username", "password_file" or "no_proxy".
  std::string key;
  std::string found, expected;
};

/// Hosts that are called directly are named, and no proxy.
proxy_mistake no_proxy_alone();

/// The first thing that is wrong with a proxy's settings.
std::optional<proxy_mistake> check_proxy(const actors::http_proxy& proxy);

/// The settings of one provider, which may say nothing ("") or "none", beside those of all.
actors::http_proxy proxy_in_force(const actors::http_proxy& own, const actors::http_proxy& of_all);

}  // namespace postrider::cli
