#include "tools/postrider/waiting_report.hpp"

#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace postrider::cli {

namespace {

std::string reason_text(const std::string& reason, const std::string& provider,
                        const std::string& next) {
  if (reason == "scheduled") return "waits for its time, " + next;
  if (reason == "turn") return "waits for its turn at " + provider;
  if (reason == "provider_down") return "waits for " + provider + ", which is down";
  if (reason == "provider_off")
    return "waits for " + provider + ", which is switched off or not configured";
  if (reason == "throttled") return provider + " asked to wait until " + next;
  if (reason == "next_round") return "all providers were tried; tried again at " + next;
  if (reason == "retry") return "the next attempt is at " + next;
  // A newer server may know more reasons.
  return "waits: " + reason;
}

}  // namespace

std::string waiting_text(const boost::json::object& waiting) {
  const auto reason = member_text(waiting, "reason");
  if (reason.empty()) return {};
  auto text =
      reason_text(reason, member_text(waiting, "provider"), member_text(waiting, "next_at"));
  const auto attempts = member_text(waiting, "attempts");
  text += fmt::format("; {} attempt{} since {}", attempts, attempts == "1" ? "" : "s",
                      member_text(waiting, "since"));
  const auto until = member_text(waiting, "until");
  return until.empty() ? text : text + "; given up at " + until;
}

}  // namespace postrider::cli
