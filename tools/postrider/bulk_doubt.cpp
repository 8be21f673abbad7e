#include "tools/postrider/bulk_doubt.hpp"

#include "actors/rules/api_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postrider::cli {

namespace {

constexpr std::size_t max_shown_ranges = 8;

std::string range_text(const std::pair<std::size_t, std::size_t>& range) {
  if (range.first == range.second) return std::to_string(range.first);
  return fmt::format("{}-{}", range.first, range.second);
}

}  // namespace

std::string shown_key(const std::string& key) {
  if (key.empty()) return "none";
  const auto shown = actors::key_prefix(key);
  return shown.empty() ? "other" : std::string(shown);
}

bulk_doubt find_doubt(const bulk_state& state, const std::string& key, bulk_state::wall_time now) {
  bulk_doubt doubt;
  const bool other = key != state.key();
  for (const auto& [record, since] : state.in_doubt()) {
    if (!other && now - since <= keys_are_known_for) continue;
    if (doubt.records.empty() || since < doubt.since) doubt.since = since;
    doubt.records.push_back(record);
  }
  if (other && !doubt.records.empty()) doubt.other_key = state.key();
  return doubt;
}

std::string find_lines(bulk_reader& reader, bulk_doubt& doubt) {
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  std::size_t before = 0;
  const auto wanted = std::exchange(doubt.records, {});
  for (auto record = reader.next(); record && record->number <= wanted.back();
       record = reader.next()) {
    if (!std::ranges::binary_search(wanted, record->number)) continue;
    doubt.records.push_back(record->number);
    doubt.prints.push_back(print_of(record->number, record->json));
    // A range goes on over what is no record: empty lines, and the further lines of a CSV record.
    if (!ranges.empty() && record->number == before + 1) ranges.back().second = record->line;
    else ranges.emplace_back(record->line, record->line);
    before = record->number;
  }
  if (ranges.empty()) return {};
  const bool one = ranges.size() == 1 && ranges[0].first == ranges[0].second;
  auto text = (one ? "line " : "lines ") + range_text(ranges[0]);
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (i == max_shown_ranges) return text + ", ...";
    text += ", " + range_text(ranges[i]);
  }
  return text;
}

std::string doubt_text(const bulk_doubt& doubt, const std::string& lines, const std::string& key,
                       bulk_state::wall_time now) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(now - doubt.since).count();
  const auto age = hours < 2 ? std::string("less than two") : std::to_string(hours);
  const bool other = !doubt.other_key.empty(), old = now - doubt.since > keys_are_known_for;
  auto text = fmt::format("{} may have been stored: posted {} hours ago", lines, age);
  if (other) text += fmt::format(" with the API key {} (now it is {})", doubt.other_key, key);
  text += ", and never answered. ";
  if (old) text += "A server recognises them for 24 hours only. ";
  else text += "A server recognises them for 24 hours, by that API key only: continue with it, or ";
  text += old ? "Look " : "look ";
  return text +
         "whether their messages are there (GET /v1/transactions), then --resume with --in-doubt "
         "send to post these lines again, or with --in-doubt skip to leave them out";
}

}  // namespace postrider::cli
