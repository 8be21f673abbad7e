#include "actors/message_log.hpp"

#include "actors/trace_context.hpp"

#include <vector>

namespace postrider::actors {
namespace {

constexpr std::string_view mask = "***";
/// Shorter ones have nothing left that could be shown.
constexpr std::size_t shortest_with_end = 6;
/// A shorter piece is a part of many words.
constexpr std::size_t shortest_mention = 4;

bool& full_recipients() {
  static bool instance = false;
  return instance;
}

void replace_all(std::string& text, std::string_view part, const std::string& by) {
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + by.size()))
    text.replace(at, part.size(), by);
}

std::vector<log_field> fields_of(const log_subject& subject) {
  std::vector<log_field> fields;
  const auto add = [&](std::string_view name, std::string value) {
    if (!value.empty()) fields.push_back({name, std::move(value)});
  };
  if (const auto* message = subject.message) {
    add("request_id", message->request_id);
    add("message_id", to_string(message->id));
    add("trace_id", std::string(trace_id_of(message->traceparent)));
  }
  if (const auto* row = subject.transaction) {
    if (row->id != 0) add("transaction", std::to_string(row->id));
    if (!row->recipient.empty())
      add("recipient", full_recipients() ? row->recipient : masked_recipient(row->recipient));
  }
  add("provider", std::string(subject.provider));
  return fields;
}

}  // namespace

void log_full_recipients(bool full) { full_recipients() = full; }

void log(log_level level, std::string_view component, std::string_view text,
         const log_subject& subject) {
  if (!logs(level)) return;
  const auto fields = fields_of(subject);
  if (full_recipients() || !subject.transaction) return log(level, component, text, fields);
  log(level, component, mask_mentions(std::string(text), subject.transaction->recipient), fields);
}

std::string masked_recipient(std::string_view address) {
  if (const auto scheme = address.find("://"); scheme != address.npos) {
    const auto rest = address.substr(scheme + 3);
    auto host = rest.substr(0, rest.find_first_of("/?#"));
    if (const auto user = host.rfind('@'); user != host.npos) host.remove_prefix(user + 1);
    return std::string(address.substr(0, scheme + 3)).append(host).append("/").append(mask);
  }
  if (const auto at = address.rfind('@'); at != address.npos && at > 0)
    return std::string(address.substr(0, 1)).append(mask).append(address.substr(at));
  std::string shown(address.starts_with('+') ? "+" : "");
  shown.append(mask);
  if (address.size() >= shortest_with_end) shown.append(address.substr(address.size() - 2));
  return shown;
}

std::string mask_mentions(std::string text, std::string_view address) {
  if (address.size() < shortest_mention) return text;
  replace_all(text, address, masked_recipient(address));
  if (address.starts_with('+') && address.size() > shortest_mention)
    replace_all(text, address.substr(1), masked_recipient(address.substr(1)));
  return text;
}

}  // namespace postrider::actors
