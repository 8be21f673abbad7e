#include "inbound/source_ends.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::inbound {
namespace {

/// Without the recipients: the log shows them only where the configuration says so.
void log_failures(const std::string& source, std::size_t stored, std::size_t all,
                  const std::string& request_id) {
  const log_field fields[]{{"request_id", request_id}};
  log(log_level::warning, "sources",
      fmt::format("the source {0} stored its message for {1} of {2} recipients; "
                  "GET /v1/sources/{0}/requests says why",
                  source, stored, all),
      fields);
}

}  // namespace

std::string failures_of(const std::vector<sent_message>& ends) {
  std::string text;
  for (const auto& one : ends)
    if (one.end.has_error())
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", one.to, one.end.error().detail);
  return text;
}

std::vector<sources::stored_message> stored_of(const std::vector<sent_message>& ends) {
  std::vector<sources::stored_message> stored;
  for (const auto& one : ends)
    if (one.end.has_value())
      stored.push_back({persistence::to_string(one.end->message),
                        one.end->transactions.empty() ? 0 : one.end->transactions.front().id,
                        one.to, one.end->replayed});
  return stored;
}

std::optional<actors::service_error> failure_of(const std::vector<sent_message>& ends,
                                                bool harmless) {
  const auto failed =
      std::ranges::find_if(ends, [](const auto& one) { return one.end.has_error(); });
  if (failed == ends.end()) return std::nullopt;
  const bool all = std::ranges::all_of(ends, [](const auto& one) { return one.end.has_error(); });
  if (!all && !harmless) return std::nullopt;
  auto error = failed->end.error();
  error.detail = failures_of(ends);
  return error;
}

source_outcome outcome_of(const source_ptr& source, const sources::translation& made,
                          const std::vector<sent_message>& ends, const std::string& request_id) {
  const auto stored = stored_of(ends);
  source_outcome outcome;
  for (const auto& one : stored) {
    outcome.messages.push_back(one.message_id);
    if (!one.repeated) ++outcome.stored;
  }
  outcome.detail = made.fault;
  if (const auto failures = failures_of(ends); !failures.empty()) {
    log_failures(source->settings.name, stored.size(), ends.size(), request_id);
    outcome.detail += (outcome.detail.empty() ? "" : "; ") + failures;
  }
  const bool repeated =
      !stored.empty() && std::ranges::all_of(stored, &sources::stored_message::repeated);
  outcome.result = repeated ? source_result::repeated : source_result::stored;
  return outcome;
}

}  // namespace postrider::inbound
