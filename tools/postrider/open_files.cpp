#include "tools/postrider/open_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/resource.h>

namespace postrider::cli {
namespace {

/// Logs, listeners, epoll and event descriptors, files that are read now and then, and connections
/// that are turned away.
constexpr std::int64_t for_the_program = 64;
/// A connection to SQLite has a database, a log and a shared index.
constexpr std::int64_t per_database_connection = 3;
/// Nodes, keys and checks have connections in addition to readers and writers.
constexpr std::int64_t more_database_connections = 4;
/// A call that tries IPv6 and IPv4 at the same time has two sockets; one that resolves a name has
/// some to the name servers.
constexpr std::int64_t per_call = 3;
/// Providers that are added later need some too.
constexpr std::int64_t fewest_for_providers = 32;
/// Idle connections to providers are kept as long as there are no more than these.
constexpr std::int64_t most_idle = 512;

rlimit limits() {
  rlimit found{};
  if (::getrlimit(RLIMIT_NOFILE, &found) != 0) found.rlim_cur = found.rlim_max = 1024;
  return found;
}

/// Numbers beyond this are as good as no limit.
std::int64_t countable(std::uint64_t limit) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(limit, 1'000'000'000));
}

std::int64_t wanted_by_providers(const server_settings& settings) {
  std::int64_t calls = 0;
  // One more for a stream of receipts.
  for (const auto& provider : settings.delivery.providers)
    calls += provider.max_in_flight + 1;
  return calls;
}

}  // namespace

std::uint64_t most_open_files() { return limits().rlim_max; }

std::uint64_t raise_open_files() {
  auto found = limits();
  if (found.rlim_cur < found.rlim_max) {
    const auto before = found.rlim_cur;
    found.rlim_cur = found.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &found) != 0) return before;
  }
  return found.rlim_cur;
}

descriptor_plan plan_descriptors(std::uint64_t limit, const server_settings& settings) {
  const auto all = countable(limit);
  const auto calls = std::max(wanted_by_providers(settings), fewest_for_providers);
  const auto database =
      per_database_connection * (settings.delivery.ledger_readers +
                                 settings.delivery.ledger_writers + more_database_connections);
  const auto needed = std::min(per_call * calls, all / 2);
  const auto mail = settings.smtp.wanted() ? settings.smtp.max_connections : 0;
  const auto left = std::max(all - for_the_program - database - needed - mail, all / 8);
  const auto clients = std::clamp<std::int64_t>(left, 1, settings.http.max_connections);
  // Idle connections may use what is left over.
  const auto idle = std::clamp<std::int64_t>(left - clients, 0, most_idle);
  return {static_cast<std::int32_t>(clients),
          static_cast<std::int32_t>(std::max(needed / per_call, idle))};
}

std::optional<std::string> lowered_connections(std::uint64_t limit,
                                               const server_settings& settings) {
  const auto plan = plan_descriptors(limit, settings);
  if (plan.clients >= settings.http.max_connections) return std::nullopt;
  return fmt::format(
      "a process may open {} files here, so at most {} connections of clients are taken and not {} "
      "(http.max_connections): the others are kept for providers and the database. Raise the limit "
      "(LimitNOFILE= of a systemd service, ulimit -Hn of a shell) or lower http.max_connections",
      limit, plan.clients, settings.http.max_connections);
}

}  // namespace postrider::cli
