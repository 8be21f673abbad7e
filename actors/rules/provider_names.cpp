#include "actors/rules/provider_names.hpp"

#include "actors/providers/test_mode.hpp"

namespace postrider::actors {
namespace {

constexpr std::size_t most_names = 20;

}  // namespace

std::string no_such_provider(const std::string& name,
                             const std::map<persistence::provider_id, persistence::provider>& all) {
  std::string known;
  std::size_t count = 0;
  // One that is switched off in the configuration, or gone from it, has its rows.
  for (const bool configured : {true, false})
    for (const auto& [id, provider] : all) {
      if (provider.configured != configured || is_test_provider(provider.name)) continue;
      if (++count <= most_names) known.append(known.empty() ? "" : ", ").append(provider.name);
    }
  auto text = "there is no provider \"" + name + "\"";
  if (count == 0) return text + ", and none is configured";
  text += "; known are " + known;
  if (count > most_names) text += " and " + std::to_string(count - most_names) + " more";
  return text;
}

}  // namespace postrider::actors
