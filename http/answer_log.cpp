#include "http/answer_log.hpp"

#include "base/log.hpp"
#include "http/router.hpp"

#include <fmt/format.h>

namespace postrider::http {

void note_answer(counters& counted, std::size_t route, unsigned status,
                 std::chrono::microseconds took, const std::string& request_id) {
  counted.count_answer(route, status, took);
  if (!logs(log_level::debug)) return;
  const auto known = endpoints();
  const auto name = route < known.size() ? known[route].pattern : std::string_view("no route");
  const log_field fields[]{{"request_id", request_id}};
  log(log_level::debug, "http", fmt::format("{} answered {} in {} us", name, status, took.count()),
      fields);
}

void note_change(const endpoint& at, const request& from, const response& answer) {
  using persistence::scope;
  const bool changes = from.method != method::get && from.method != method::head;
  // Users are imported by the million.
  const auto level = at.pattern.starts_with("/v1/users/") ? log_level::debug : log_level::info;
  if (!changes || at.needs.scope != scope::admin || !logs(level)) return;
  std::string what(method_name(from.method));
  what.append(" ").append(at.pattern);
  // The name, the user or the key's number. A rejected or unknown path may contain anything, so it
  // is not logged.
  const bool known = answer.status != 400 && answer.status != 404 && answer.status != 422;
  if (known && !from.parameters[0].empty()) what.append(" of ").append(from.parameters[0]);
  if (!answer.location.empty()) what.append(" made ").append(answer.location);
  const log_field fields[]{
      {"request_id", from.id},
      {"key", from.client ? fmt::format("{} {}", from.client->name, from.client->prefix)
                          : std::string(from.local ? "local" : "none")}};
  log(level, "http", fmt::format("{}: answered {}", what, answer.status), fields);
}

}  // namespace postrider::http
