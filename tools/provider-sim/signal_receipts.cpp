#include "tools/provider-sim/signal_receipts.hpp"

#include "tools/provider-sim/json_text.hpp"
#include "tools/provider-sim/text_hash.hpp"

#include <algorithm>
#include <chrono>

/// Witness: AsamK/signal-cli v0.14.6, src/main/java/org/asamk/signal/json: JsonReceiptMessage.java
/// and JsonMessageEnvelope.java.
namespace postrider::provider_sim {
namespace {

std::string text_or_null(std::string_view text) {
  std::string result;
  if (text.empty()) return "null";
  append_json_string(result, text);
  return result;
}

std::string receipt_event(std::string_view account, std::string_view number, std::string_view uuid,
                          std::int64_t timestamp, bool is_read) {
  const std::string when = std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(
                                              std::chrono::system_clock::now().time_since_epoch())
                                              .count());
  std::string out = "{\"account\":" + text_or_null(account) + ",\"envelope\":{\"source\":";
  out += text_or_null(number.empty() ? uuid : number);
  out += ",\"sourceNumber\":" + text_or_null(number) + ",\"sourceUuid\":" + text_or_null(uuid);
  out += R"(,"sourceName":"","sourceDevice":1,"timestamp":)" + when;
  out += ",\"serverReceivedTimestamp\":" + when + ",\"serverDeliveredTimestamp\":" + when;
  out += ",\"receiptMessage\":{\"when\":" + when + ",\"isDelivery\":";
  out += is_read ? "false,\"isRead\":true" : "true,\"isRead\":false";
  out += ",\"isViewed\":false,\"timestamps\":[" + std::to_string(timestamp) + "]}}}";
  return out;
}

}  // namespace

std::string uuid_for(std::string_view number) {
  std::string out;
  append_uuid_for(out, number);
  return out;
}

void append_uuid_for(std::string& out, std::string_view number) {
  const text_hash hash = hash_text(number);
  constexpr std::string_view hex = "0123456789abcdef";
  for (int i = 0; i < 32; ++i) {
    const std::uint64_t half = i < 16 ? hash.high : hash.low;
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    out += i == 12 ? '4' : hex[(half >> (60 - 4 * (i % 16))) & 15];
  }
}

void add_signal_receipts(provider& at, std::string_view account, std::string_view number,
                         std::string_view uuid, std::int64_t timestamp, reply& out) {
  const receipt_plan plan = at.rules.plan_receipts(number.empty() ? uuid : number);
  const bool is_read = plan.kind == receipt_kind::read;
  std::vector<errand> list;
  const auto add = [&](bool read) {
    list.push_back(
        {plan.pause, stream_event{std::string(account),
                                  receipt_event(account, number, uuid, timestamp, read)}});
  };
  if (is_read || (plan.kind == receipt_kind::delivered && plan.is_complete)) add(false);
  if (is_read && plan.is_complete) add(true);
  const receipt_order order = at.rules.settings().receipts.order;
  if (order == receipt_order::reversed) std::reverse(list.begin(), list.end());
  if (order == receipt_order::before_answer && !list.empty()) out.errands_first = true;
  std::move(list.begin(), list.end(), std::back_inserter(out.errands));
}

}  // namespace postrider::provider_sim
