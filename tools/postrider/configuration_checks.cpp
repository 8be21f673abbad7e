#include "tools/postrider/configuration_checks.hpp"

#include "actors/rules/addresses.hpp"
#include "base/nearest.hpp"
#include "inbound/local_socket.hpp"
#include "tools/postrider/proxy_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace postrider::cli {

namespace {

/// The mistake is shown at the variable when that is where the value came from.
void wrong_key(reading& to, const table_reader& from, std::string_view section,
               std::string_view key, std::string found, std::string expected,
               std::string nearest = {}) {
  const auto variable = variable_name(section, key);
  if (to.variables.contains(variable)) {
    to.mistakes.push_back({"environment variable " + variable,
                           {},
                           std::move(found),
                           std::move(expected),
                           std::move(nearest)});
  } else {
    to.wrong(from.where(key), std::move(found), std::move(expected), std::move(nearest));
  }
}

void check_messaging(reading& to, const table_reader& from,
                     const actors::messaging_settings& messaging) {
  const auto names = provider_type_names();
  const auto& type = messaging.default_provider_type;
  if (std::find(names.begin(), names.end(), type) != names.end()) return;
  wrong_key(to, from, "messaging", "default_provider_type",
            fmt::format("\"default_provider_type\" is {}", in_quotes(type)),
            fmt::format("one of {}", fmt::join(names, ", ")), nearest(type, names));
}

void check_http(reading& to, const table_reader& from, const http::http_settings& http) {
  const auto address = parse_listen(http.listen);
  if (!address) {
    wrong_key(to, from, "http", "listen", fmt::format("\"listen\" is {}", in_quotes(http.listen)),
              "an address and a port such as \"127.0.0.1:8080\" or \"[::1]:8080\"");
  }
}

/// The server chooses for "auto", and goes without a socket where its own choice is too long.
void check_local_socket(reading& to, const table_reader& from, const std::string& path) {
  if (path.size() <= inbound::max_local_socket_path) return;
  wrong_key(to, from, "http", "local_socket",
            fmt::format("the path \"local_socket\" has {} bytes", path.size()),
            fmt::format("at most {} bytes, as a Unix socket has", inbound::max_local_socket_path));
}

/// Where the other one is missing; the files themselves are read when the server starts.
void check_tls(reading& to, const table_reader& from, const http::http_settings& http) {
  if (!http.tls_certificate.empty() && http.tls_key.empty())
    wrong_key(to, from, "http", "tls_certificate", "\"tls_certificate\" without a key",
              "tls_key beside it");
  if (http.tls_certificate.empty() && !http.tls_key.empty())
    wrong_key(to, from, "http", "tls_key", "\"tls_key\" without a certificate",
              "tls_certificate beside it");
}

/// An inline password in "mysql://user:password@host/name".
bool holds_password(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return false;
  const auto authority = url.substr(begin + 3, url.find_first_of("/?", begin + 3) - begin - 3);
  const auto at = authority.find_last_of('@');
  return at != std::string_view::npos &&
         authority.substr(0, at).find(':') != std::string_view::npos;
}

void check_database(reading& to, const table_reader& from, const server_settings& settings) {
  const auto& url = settings.database.url;
  const bool sqlite = url.starts_with("sqlite:") && url.size() > std::string_view("sqlite:").size();
  if (!sqlite && !url.starts_with("mysql://")) {
    wrong_key(to, from, "database", "url", fmt::format("\"url\" is {}", in_quotes(url)),
              "\"sqlite:FILE\" or \"mysql://user@host:3306/name\"");
  }
  if (url == "sqlite::memory:") {
    wrong_key(to, from, "database", "url",
              "\"url\" is a database in memory, which has one connection for all threads",
              "\"sqlite:FILE\"");
  }
  if (holds_password(url)) {
    wrong_key(to, from, "database", "url",
              "\"url\" holds a password, which must not be written here",
              "password_file or password_env beside it");
  }
  if (sqlite && settings.delivery.ledger_writers > 1) {
    wrong_key(to, from, "database", "writers",
              fmt::format("\"writers\" is {}, but SQLite has one writer",
                          settings.delivery.ledger_writers),
              "1 with a \"sqlite:\" url");
  }
}

void check_receipts(reading& to, const table_reader& from,
                    const actors::receipt_settings& receipts) {
  constexpr std::size_t shortest_secret = 16;
  const auto& url = receipts.public_url;
  if (!url.empty()) {
    const auto normal = actors::normalise_url(url);
    if (!normal || url.back() == '/' || url.find_first_of("?#") != std::string::npos)
      wrong_key(to, from, "receipts", "public_url",
                fmt::format("\"public_url\" is {}", in_quotes(url)),
                "an http or https URL without a slash, ? or # at its end");
  }
  if (!receipts.secret.empty() && receipts.secret.size() < shortest_secret)
    wrong_key(to, from, "receipts", "secret_file", "the secret of [receipts] is too short",
              fmt::format("at least {} characters", shortest_secret));
  if (receipts.secret.empty() && !url.empty())
    wrong_key(to, from, "receipts", "public_url", "\"public_url\" without a secret",
              "secret_file or secret_env beside it");
}

void check_http_proxy(reading& to, const table_reader& from, const actors::http_proxy& proxy) {
  if (proxy.url == "none")
    return wrong_key(to, from, "http_proxy", "url", "\"url\" is \"none\"",
                     "a URL, or nothing: without one there is no proxy");
  if (const auto wrong = check_proxy(proxy))
    wrong_key(to, from, "http_proxy", wrong->key,
              fmt::format("\"{}\": {}", wrong->key, wrong->found), wrong->expected);
}

}  // namespace

void check_section(reading& to, const table_reader& from, std::string_view section,
                   const server_settings& settings) {
  if (section == "messaging") check_messaging(to, from, settings.delivery.messaging);
  if (section == "http") {
    check_http(to, from, settings.http);
    check_tls(to, from, settings.http);
    check_local_socket(to, from, settings.local_socket);
  }
  if (section == "database") check_database(to, from, settings);
  if (section == "http_proxy") check_http_proxy(to, from, settings.delivery.proxy);
  if (section == "receipts") check_receipts(to, from, settings.delivery.receipts);
}

void check_lease(reading& to, const toml_node& file, const std::vector<read_provider>& providers,
                 const actors::node_settings& node) {
  const auto longest = std::max_element(
      providers.begin(), providers.end(),
      [](const auto& a, const auto& b) { return a.settings.timeout < b.settings.timeout; });
  if (longest == providers.end()) return;
  constexpr std::chrono::seconds margin{10};
  const auto needed = (longest->settings.timeout + margin) * 3 / 2;
  if (node.lease >= needed) return;
  const auto* section = file.find("node");
  const toml_member* lease = nullptr;
  if (section != nullptr) lease = section->node.front().find("lease");
  // Without a lease in the file the provider's timeout is what was changed.
  to.wrong(lease == nullptr ? longest->at : lease->node.front().value.at,
           fmt::format("\"lease\" of [node] is {}, too short for the timeout {} of the provider {}",
                       in_quotes(duration_text(node.lease)),
                       in_quotes(duration_text(longest->settings.timeout)),
                       in_quotes(longest->settings.name)),
           fmt::format("a lease of at least {}, or a shorter timeout",
                       in_quotes(duration_text(needed))));
}

void check_reach(reading& to, const toml_node& file, const http::http_settings& http) {
  const auto address = parse_listen(http.listen);
  if (http.keys_required || !address || address->loopback) return;
  const auto found =
      fmt::format("\"listen\" is {}, which others can reach, and [auth] requires no API key",
                  in_quotes(http.listen));
  const auto expected =
      "an address of this machine only, such as \"127.0.0.1:8080\" or \"[::1]:8080\", or "
      "\"required = true\" in [auth]";
  const auto variable = variable_name("http", "listen");
  if (to.variables.contains(variable)) {
    to.mistakes.push_back({"environment variable " + variable, {}, found, expected, {}});
    return;
  }
  const auto* section = file.find("http");
  const auto* listen = section == nullptr ? nullptr : section->node.front().find("listen");
  to.wrong(listen == nullptr ? position{} : listen->node.front().value.at, found, expected);
}

std::optional<listen_address> parse_listen(std::string_view text) {
  listen_address result;
  const auto colon = text.find_last_of(':');
  if (colon == std::string_view::npos) return {};
  const auto port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (error != std::errc{} || end != port.data() + port.size() || result.port < 0 ||
      result.port > 65'535)
    return {};
  auto host = text.substr(0, colon);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  result.host = host;
  in_addr four{};
  in6_addr six{};
  if (!brackets && ::inet_pton(AF_INET, result.host.c_str(), &four) == 1) {
    result.loopback = (ntohl(four.s_addr) >> 24) == 127;
    return result;
  }
  if (brackets && ::inet_pton(AF_INET6, result.host.c_str(), &six) == 1) {
    result.loopback = IN6_IS_ADDR_LOOPBACK(&six);
    return result;
  }
  return {};
}

}  // namespace postrider::cli
