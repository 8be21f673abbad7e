#include "actors/rules/user_list_lines.hpp"

#include "actors/api/service_errors.hpp"
#include "actors/providers/test_mode.hpp"
#include "actors/rules/addresses.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

std::string first_of(const persistence::recipient& recipient) {
  return !recipient.phone.empty()   ? recipient.phone
         : !recipient.email.empty() ? recipient.email
                                    : recipient.url;
}

}  // namespace

std::vector<user_provider_line> lines_of(const std::vector<persistence::user_provider>& list,
                                         const providers_by_id& all) {
  std::vector<user_provider_line> lines;
  for (const auto& entry : list) {
    const auto known = all.find(entry.provider);
    if (known == all.end()) continue;
    lines.push_back({known->second.name, entry.priority, entry.active, entry.address,
                     entry.fallback_on_undelivered});
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.priority < b.priority; });
  return lines;
}

result<std::vector<persistence::user_provider>> check_lines(
    const std::vector<user_provider_line>& lines, const providers_by_id& all) {
  std::vector<field_problem> problems;
  std::vector<persistence::user_provider> list;
  if (lines.size() > max_user_providers)
    problems.push_back(
        {"", "too_many", "a list may have " + std::to_string(max_user_providers) + " lines"});
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const auto pointer = "/" + std::to_string(i);
    const auto* known = provider_named(all, line.provider);
    if (!known || is_test_provider(line.provider)) {
      problems.push_back(
          {pointer + "/provider", "unknown_provider",
           "there is no provider '" + line.provider + "'; GET /v1/providers lists them"});
      continue;
    }
    if (std::ranges::find(list, known->id, &persistence::user_provider::provider) != list.end())
      problems.push_back({pointer + "/provider", "duplicate_provider",
                          "'" + line.provider + "' is in the list already"});
    persistence::user_provider entry{
        known->id, line.priority, line.active, {}, line.fallback_on_undelivered};
    if (!line.address.empty()) {
      auto parsed = parse_recipient(line.address);
      if (parsed) {
        entry.address = first_of(*parsed);
      } else {
        problems.push_back({pointer + "/address", parsed.error().code, parsed.error().detail});
      }
    }
    list.push_back(std::move(entry));
  }
  if (!problems.empty()) return invalid(std::move(problems));
  return list;
}

}  // namespace postrider::actors
