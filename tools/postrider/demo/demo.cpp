#include "tools/postrider/demo/demo.hpp"

#include "tools/postrider/configuration_checks.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider::cli {
namespace {

constexpr std::string_view listen_variable = "POSTRIDER_HTTP__LISTEN";
constexpr std::uint16_t usual_port = 8080;

/// Listens on 127.0.0.1; -1 with `errno`.
int listen_here(std::uint16_t port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  const int yes = 1;
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
      ::bind(made, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
      ::listen(made, SOMAXCONN) == 0)
    return made;
  const int error = errno;
  ::close(made);
  errno = error;
  return -1;
}

std::uint16_t port_of(int socket) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) != 0) return 0;
  return ntohs(at.sin_port);
}

outcome<int> open_socket(const environment& variables) {
  const auto given = variables.find(listen_variable);
  if (given == variables.end()) {
    const int usual = listen_here(usual_port);
    const int made = usual >= 0 ? usual : listen_here(0);
    if (made >= 0) return made;
    return failure::because(fmt::format("cannot listen on 127.0.0.1: {}", std::strerror(errno)));
  }
  const auto address = parse_listen(given->second);
  if (!address || address->host != "127.0.0.1")
    return failure::because(fmt::format("a demo listens on 127.0.0.1 only; {} is \"{}\"",
                                        listen_variable, given->second));
  const int made = listen_here(address->port);
  if (made >= 0) return made;
  return failure::because(
      fmt::format("cannot listen on {}: {}", given->second, std::strerror(errno)));
}

/// {} are the ports: the server's own, and those of the providers.
constexpr std::string_view demo_text = R"(
[http]
listen = "127.0.0.1:{port}"
local_socket = "none"

[database]
url = "sqlite:{database}"

[log]
level = "error"

[messaging]
retry_delay = "20s"
retry_delay_max = "2m"
give_up_after = "10m"

[receipts]
public_url = "http://127.0.0.1:{port}"
secret_env = "DEMO_RECEIPTS"

[history]
keep = "2h"

[[provider]]
name = "signal-main"
type = "signal"
priority = 1
url = "http://127.0.0.1:{signal}"
account = "+12025550190"

[[provider]]
name = "signal-alerts"
type = "signal"
priority = 8
url = "http://127.0.0.1:{captcha}"
account = "+12025550191"

[[provider]]
name = "sms"
type = "sms"
priority = 2
api = "twilio"
url = "http://127.0.0.1:{sms}"
account_sid = "AC0123456789abcdef0123456789abcdef"
auth_token_env = "DEMO_SMS"
from = "+12025550192"

[[provider]]
name = "sms-spare"
type = "sms"
priority = 9
active = false
api = "twilio"
url = "http://127.0.0.1:{sms}"
account_sid = "ACfedcba9876543210fedcba9876543210"
auth_token_env = "DEMO_SMS"
from = "+12025550193"

[[provider]]
name = "mail"
type = "email"
priority = 3
url = "smtp://127.0.0.1:{mail}"
starttls = "never"
from = "Postrider <postrider@example.org>"

[[provider]]
name = "hooks"
type = "webhook"
priority = 4
allow_private = true
secret_env = "DEMO_HOOKS"

[[source]]
name = "backup"
type = "text"
to = ["user:1"]
)";

/// A new folder for temporary files, which only this user can read. A database in memory would have
/// one connection for all threads.
outcome<std::shared_ptr<const std::filesystem::path>> make_folder() {
  std::error_code error;
  const auto above = std::filesystem::temp_directory_path(error);
  auto name = (above / "postrider-demo-XXXXXX").string();
  if (error || ::mkdtemp(name.data()) == nullptr)
    return failure::because(fmt::format("cannot make a folder in {}: {}", above.string(),
                                        error ? error.message() : std::strerror(errno)));
  return std::shared_ptr<const std::filesystem::path>(
      new std::filesystem::path(name), [](const std::filesystem::path* folder) {
        std::error_code ignored;
        std::filesystem::remove_all(*folder, ignored);
        delete folder;
      });
}

configuration settings_for(const demo& made, std::uint16_t port) {
  const auto& ports = made.providers->ports();
  // Secrets of providers that nobody but this process has.
  const environment secrets{{"DEMO_RECEIPTS", "receipts of a demo, on loopback"},
                            {"DEMO_SMS", "demo-token-0123456789abcdef"},
                            {"DEMO_HOOKS", "whsec_ZGVtbyBvZiBwb3N0cmlkZXIsIGxvb3BiYWNr"}};
  const auto text =
      fmt::format(fmt::runtime(demo_text), fmt::arg("port", port),
                  fmt::arg("database", (*made.folder / "postrider.db").string()),
                  fmt::arg("signal", ports.signal), fmt::arg("captcha", ports.captcha),
                  fmt::arg("sms", ports.sms), fmt::arg("mail", ports.mail));
  return read_configuration("the demo's configuration", text, secrets);
}

}  // namespace

outcome<demo> prepare_demo(const environment& variables) {
  if (const auto database = variable_name("database", "url"); variables.contains(database))
    return failure::because(fmt::format("a demo has a database of its own: unset {}", database));
  demo made;
  auto folder = make_folder();
  if (!folder) return folder.error();
  made.folder = std::move(*folder);
  auto providers = start_demo_providers();
  if (!providers) return providers.error();
  made.providers = std::move(*providers);
  const auto socket = open_socket(variables);
  if (!socket) return socket.error();
  made.socket = *socket;
  made.settings = settings_for(made, port_of(made.socket));
  if (made.settings.mistakes.empty()) return made;
  ::close(made.socket);
  return failure::because(to_string(made.settings.mistakes.front()));
}

}  // namespace postrider::cli
