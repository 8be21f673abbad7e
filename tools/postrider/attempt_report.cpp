#include "tools/postrider/attempt_report.hpp"

#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace postrider::cli {

namespace {

namespace json = boost::json;

std::int64_t count_of(const json::object& attempts) {
  const auto* count = attempts.if_contains("count");
  return count != nullptr && count->is_int64() ? count->get_int64() : 1;
}

/// How many attempts at this provider there were by the end of `transaction`.
std::int64_t count_at(const json::object* transaction, const std::string& provider) {
  if (transaction == nullptr) return 0;
  for (const auto* one : member_objects(*transaction, "attempts"))
    if (member_text(*one, "provider") == provider) return count_of(*one);
  return 0;
}

std::string duration_of(const json::object& call) {
  const auto* found = call.if_contains("duration_ms");
  if (found == nullptr || !found->is_number()) return "time not noted";
  const auto ms = found->to_number<double>();
  if (ms >= 1000) return fmt::format("{:.1f} s", ms / 1000);
  return ms < 10 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.0f} ms", ms);
}

}  // namespace

std::vector<shown_attempt> own_attempts(const json::object& transaction,
                                        const json::object* before) {
  std::vector<shown_attempt> own;
  for (const auto* one : member_objects(transaction, "attempts")) {
    const auto provider = member_text(*one, "provider");
    const auto count = count_of(*one), known = count_at(before, provider);
    const auto show = [&](std::string_view name, std::int64_t number) {
      const auto* call = one->if_contains(name);
      if (call && call->is_object()) own.push_back({provider, number, call->get_object()});
    };
    if (known == 0 && count > 1) show("first", 1);
    if (known < count) show("last", count);
  }
  return own;
}

std::string attempt_line(const shown_attempt& attempt) {
  const auto began = member_text(attempt.call, "began_at");
  const auto answer = member_text(attempt.call, "answer");
  return fmt::format("{}{}{}  {}  {}{}{}{}", began, began.empty() ? "" : "  ", attempt.provider,
                     duration_of(attempt.call),
                     attempt.number > 1 ? fmt::format("attempt {}: ", attempt.number) : "",
                     member_text(attempt.call, "outcome"), answer.empty() ? "" : ", ", answer);
}

}  // namespace postrider::cli
