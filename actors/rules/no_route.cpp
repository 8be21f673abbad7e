#include "actors/rules/no_route.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace postrider::actors {
namespace {

std::string joined(const std::vector<std::string_view>& words, std::string_view between) {
  std::string text;
  for (const auto word : words)
    text.append(text.empty() ? "" : between).append(word);
  return text;
}

/// Kinds of addresses that the driver can use. It is asked, so a new type needs no table here.
std::string kinds_taken_by(const driver& driver) {
  std::vector<std::string_view> kinds;
  if (driver.address_for({"+15551234567", "", ""})) kinds.emplace_back("phone numbers");
  if (driver.address_for({"", "ann@example.org", ""})) kinds.emplace_back("email addresses");
  if (driver.address_for({"", "", "https://example.org/"})) kinds.emplace_back("URLs");
  return joined(kinds, " and ");
}

std::string kinds_of(const persistence::recipient& recipient) {
  std::vector<std::string_view> kinds;
  if (!recipient.phone.empty()) kinds.emplace_back("a phone number");
  if (!recipient.email.empty()) kinds.emplace_back("an email address");
  if (!recipient.url.empty()) kinds.emplace_back("a URL");
  return joined(kinds, " and ");
}

std::string name_of(const candidate& one, const provider_directory& directory) {
  const auto known = directory.all.find(one.provider);
  if (known == directory.all.end()) return "a provider that this server does not know";
  return known->second.name + " (" + known->second.type + ")";
}

std::string reason_of(const candidate& one, const provider_directory& directory) {
  const auto name = name_of(one, directory);
  const auto usable = directory.usable.find(one.provider);
  if (one.excluded == exclusion::no_address && usable != directory.usable.end() &&
      usable->second->driver)
    return name + " takes " + kinds_taken_by(*usable->second->driver);
  switch (one.excluded) {
    case exclusion::no_address: return name + " cannot reach this recipient";
    case exclusion::content: return name + " cannot take this content: " + one.detail;
    default: return name + " is " + std::string(to_string(one.excluded));
  }
}

std::string reasons_of(std::span<const candidate> ranking, const provider_directory& directory) {
  std::string text;
  for (const auto& one : ranking)
    text.append(text.empty() ? "" : "; ").append(reason_of(one, directory));
  return text;
}

/// The user is the recipient, at the addresses of the own list.
std::string without_recipients(persistence::user_id user, std::span<const candidate> ranking,
                               const provider_directory& directory) {
  const auto who = "user " + std::to_string(user);
  const auto advice = "; put one into the list with PUT /v1/users/" + std::to_string(user) +
                      "/providers, or send `recipients`";
  const bool addresses_only = std::ranges::all_of(
      ranking, [](const candidate& one) { return one.excluded == exclusion::no_address; });
  if (addresses_only && !ranking.front().from_user_list)
    return who + " has no list of providers, and so no address" + advice;
  const auto reasons = reasons_of(ranking, directory);
  if (addresses_only)
    return who + " has no address that a provider of the list can use: " + reasons + advice;
  return "no provider can reach " + who + ": " + reasons;
}

}  // namespace

field_problem no_route(const send_request& request, std::size_t recipient_no,
                       const persistence::recipient& recipient, std::span<const candidate> ranking,
                       const provider_directory& directory) {
  const bool named = request.recipients.has_value();
  field_problem problem{
      named ? "/recipients/" + std::to_string(recipient_no) : "/user_id", "no_route", {}};
  if (ranking.empty()) problem.detail = "no provider is configured";
  else if (!named) problem.detail = without_recipients(request.user, ranking, directory);
  else
    problem.detail = "no provider can take this recipient, " + kinds_of(recipient) + ": " +
                     reasons_of(ranking, directory);
  return problem;
}

}  // namespace postrider::actors
