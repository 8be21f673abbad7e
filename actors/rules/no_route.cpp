#include "actors/rules/no_route.hpp"

#include "actors/providers/test_mode.hpp"
#include "actors/rules/address_kinds.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

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

/// A user's own list leaves out all others: those of them that could take the recipient.
std::string outside_the_list(const send_request& request, const persistence::recipient& recipient,
                             std::span<const candidate> ranking,
                             const provider_directory& directory) {
  if (!ranking.front().from_user_list) return {};
  std::string listed, others;
  const auto add = [](std::string& to, const std::string& name) {
    to.append(to.empty() ? "" : ", ").append(name);
  };
  for (const auto& [id, provider] : directory.usable) {
    const auto record = directory.all.find(id);
    if (record == directory.all.end() || is_test_provider(record->second.name)) continue;
    const bool in_list = std::ranges::find(ranking, id, &candidate::provider) != ranking.end();
    if (in_list) add(listed, record->second.name);
    else if (!provider->gone && record->second.active() && provider->driver &&
             provider->driver->address_for(recipient))
      add(others, record->second.name);
  }
  if (others.empty()) return {};
  const auto user = std::to_string(request.user);
  return "; only the providers of user " + user + "'s own list count (" + listed + "): add " +
         others + " with postrider users put, or PUT /v1/users/" + user + "/providers";
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
                     reasons_of(ranking, directory) +
                     outside_the_list(request, recipient, ranking, directory);
  return problem;
}

}  // namespace postrider::actors
