#include "tools/postrider/smtp_checks.hpp"

#include "base/nearest.hpp"
#include "inbound/local_socket.hpp"
#include "smtp/network_list.hpp"
#include "tools/postrider/configuration_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace postrider::cli {

namespace {

constexpr std::string_view section = "smtp";

class smtp_check {
 public:
  smtp_check(reading& to, const toml_node& file, const server_settings& settings)
      : to_(to), file_(file), settings_(settings), smtp_(settings.smtp) {}

  void run() const {
    check_addresses("listen", smtp_.listen);
    check_addresses("tls_listen", smtp_.tls_listen);
    check_certificate();
    check_networks();
    check_local_socket();
    check_source("local_source", smtp_.local_source);
    check_source("postmaster", smtp_.postmaster);
    if (smtp_.max_held < smtp_.max_size)
      wrong("max_held", "\"max_held\" is less than \"max_size\"", "at least as much");
  }

 private:
  void wrong(std::string_view key, std::string found, std::string expected,
             std::string nearest = {}) const {
    const auto variable = variable_name(section, key);
    if (to_.variables.contains(variable)) {
      to_.mistakes.push_back({"environment variable " + variable,
                              {},
                              std::move(found),
                              std::move(expected),
                              std::move(nearest)});
      return;
    }
    const auto* table = file_.find(section);
    const auto* member = table == nullptr ? nullptr : table->node.front().find(key);
    const auto at = member != nullptr  ? member->node.front().value.at
                    : table != nullptr ? table->node.front().value.at
                                       : position{};
    to_.wrong(at, std::move(found), std::move(expected), std::move(nearest));
  }

  void check_addresses(std::string_view key, const std::vector<std::string>& addresses) const {
    for (const auto& one : addresses)
      if (!parse_listen(one))
        wrong(key, fmt::format("{} has {}", in_quotes(key), in_quotes(one)),
              "addresses and ports such as \"127.0.0.1:2525\" or \"[::1]:2525\"");
  }

  void check_certificate() const {
    if (smtp_.tls_certificate.empty() && !smtp_.tls_key.empty())
      wrong("tls_key", "\"tls_key\" without a certificate", "tls_certificate beside it");
    if (!smtp_.tls_certificate.empty() && smtp_.tls_key.empty())
      wrong("tls_certificate", "\"tls_certificate\" without a key", "tls_key beside it");
    if (!smtp_.tls_listen.empty() && smtp_.tls_certificate.empty())
      wrong("tls_listen", "\"tls_listen\" without a certificate",
            "tls_certificate and tls_key beside it, or in [http]");
  }

  void check_networks() const {
    if (const auto parsed = smtp::network_list::parse(smtp_.allow); !parsed)
      wrong("allow", fmt::format("\"allow\" has {}", in_quotes(parsed.error())),
            "networks such as \"10.0.0.0/8\", or addresses");
  }

  void check_local_socket() const {
    if (smtp_.local_socket.size() > inbound::max_local_socket_path)
      wrong("local_socket",
            fmt::format("the path \"local_socket\" has {} bytes", smtp_.local_socket.size()),
            fmt::format("at most {} bytes, as a Unix socket has", inbound::max_local_socket_path));
    if (!smtp_.local_socket.empty() && smtp_.local_source.empty())
      wrong("local_socket", "\"local_socket\" without a source for its mail",
            "local_source, the name of a [[source]] of type \"mail\", beside it");
  }

  void check_source(std::string_view key, const std::string& name) const {
    if (name.empty()) return;
    std::vector<std::string> known;
    for (const auto& one : settings_.http.sources)
      if (one.type == sources::source_type::mail) known.push_back(one.name);
    if (std::ranges::find(known, name) == known.end())
      wrong(key, fmt::format("{} is {}", in_quotes(key), in_quotes(name)),
            "the name of a [[source]] of type \"mail\"", nearest(name, known));
  }

  reading& to_;
  const toml_node& file_;
  const server_settings& settings_;
  const smtp::smtp_settings& smtp_;
};

}  // namespace

void check_smtp(reading& to, const toml_node& file, const server_settings& settings) {
  smtp_check(to, file, settings).run();
}

}  // namespace postrider::cli
