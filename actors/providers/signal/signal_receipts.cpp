#include "actors/providers/signal/signal_receipts.hpp"

#include "actors/providers/json_members.hpp"
#include "actors/rules/addresses.hpp"

namespace postrider::actors {
namespace {

namespace json = boost::json;

/// signal-cli's timestamps are milliseconds since 1970; beyond the year 9999 they are none.
constexpr std::int64_t latest_timestamp = 253'402'300'799'999;
/// Anybody can write to the account: of one event no more are read.
constexpr std::size_t max_timestamps = 100;

persistence::receipt kind_of(const json::object& message) {
  if (is_true_at(message, "isRead") || is_true_at(message, "isViewed"))
    return persistence::receipt::read;
  return is_true_at(message, "isDelivery") ? persistence::receipt::delivered
                                           : persistence::receipt::none;
}

/// The event without the notification `{"method":"receive","params":...}`, whose `params` hold it
/// under "result" when the client subscribed by hand (JsonReceiveMessageHandler.java).
const json::object* unwrapped(const json::object& event) {
  const auto* params = object_at(event, "params");
  if (!params) return &event;
  const auto* result = object_at(*params, "result");
  return result ? result : params;
}

/// One of the messages that a receipt is about, named by the time at which it was sent.
receipt_report report_of(persistence::receipt kind, const json::object& envelope,
                         std::int64_t timestamp) {
  receipt_report report;
  report.kind = kind;
  const auto text = std::to_string(timestamp);
  if (const auto uuid = text_at(envelope, "sourceUuid"); !uuid.empty())
    report.provider_refs.push_back(text + "/" + std::string(uuid));
  report.recipient_refs.push_back(text);
  if (auto phone = normalise_phone(text_at(envelope, "sourceNumber")))
    report.address = std::move(*phone);
  report.sent_at = persistence::time_point(std::chrono::milliseconds(timestamp));
  return report;
}

}  // namespace

std::optional<std::vector<receipt_report>> read_signal_event(std::string_view event,
                                                             std::string_view account) {
  json::error_code failed;
  const auto value = json::parse(event, failed);
  const auto* outer = failed ? nullptr : value.if_object();
  if (!outer) return std::nullopt;
  std::vector<receipt_report> reports;
  const auto* inner = unwrapped(*outer);
  const auto receiver = text_at(*inner, "account");
  const auto* envelope = object_at(*inner, "envelope");
  const auto* message = envelope ? object_at(*envelope, "receiptMessage") : nullptr;
  const auto* timestamps = message ? array_at(*message, "timestamps") : nullptr;
  const auto kind = message ? kind_of(*message) : persistence::receipt::none;
  const bool ours = receiver.empty() || receiver == account;
  if (!ours || !timestamps || kind == persistence::receipt::none) return reports;
  for (const auto& item : *timestamps) {
    if (reports.size() == max_timestamps) break;
    const auto timestamp = item.is_int64() ? item.as_int64() : 0;
    if (timestamp > 0 && timestamp <= latest_timestamp)
      reports.push_back(report_of(kind, *envelope, timestamp));
  }
  return reports;
}

}  // namespace postrider::actors
