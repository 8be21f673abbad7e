#include "http/answer_log.hpp"

#include "actors/log.hpp"
#include "http/router.hpp"

#include <fmt/format.h>

namespace postrider::http {

void note_answer(counters& counted, std::size_t route, unsigned status,
                 std::chrono::microseconds took, const std::string& request_id) {
  counted.count_answer(route, status, took);
  if (!actors::logs(actors::log_level::debug)) return;
  const auto known = endpoints();
  const auto name = route < known.size() ? known[route].pattern : std::string_view("no route");
  const actors::log_field fields[]{{"request_id", request_id}};
  actors::log(actors::log_level::debug, "http",
              fmt::format("{} answered {} in {} us", name, status, took.count()), fields);
}

}  // namespace postrider::http
