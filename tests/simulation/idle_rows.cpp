#include "tests/simulation/idle_rows.hpp"

#include "actors/providers/test_mode.hpp"

#include <fmt/core.h>

#include <utility>

namespace postrider::tests {
namespace {

using namespace std::chrono_literals;
using actors::circuit_state;

constexpr std::chrono::seconds between_looks{2};
/// Longer than all pauses of the dispatcher and the writers together.
constexpr std::chrono::seconds patience{20};

/// A quarter of the window is worth a claim.
bool has_credit(const actors::provider_runtime& provider) {
  return !provider.idle() && provider.window->worth_a_claim(provider.window->room());
}

std::string where(const actors::provider_directory& directory, persistence::provider_id provider) {
  const auto known = directory.usable.find(provider);
  if (known == directory.usable.end()) return fmt::format(" at provider {}", provider);
  const auto& one = *known->second;
  return fmt::format(" at {}, {}, credit {} of {}{}", one.record.name,
                     to_string(one.window->condition().takes), one.window->room(),
                     one.window->size(), one.window->backlog() ? ", backlog" : "");
}

}  // namespace

bool idle_rows::could_be_taken(const actors::provider_directory& directory,
                               const audited_row& row) const {
  // A retry that is due. The ledger itself makes a failure of an acceptance that an early receipt
  // has denied: nobody is told, and the next look finds it.
  if (row.status == persistence::transaction_status::failed)
    return row.error != persistence::error_code::undelivered;
  const auto known = directory.usable.find(row.provider);
  const auto takes = known == directory.usable.end() ? circuit_state::open
                                                     : known->second->window->condition().takes;
  if (takes == circuit_state::closed) return has_credit(*known->second);
  if (takes == circuit_state::half_open)
    return known->second->window->room() == known->second->window->size();
  // Any other provider takes a new message that may go elsewhere. A page of which some rows wait
  // for a provider without credit keeps the pages behind it waiting.
  bool way_out = false, all_have_credit = true;
  for (const auto& [id, one] : directory.usable) {
    if (id == row.provider || actors::is_test_provider(one->record.name)) continue;
    const bool well = one->window->condition().takes == circuit_state::closed;
    way_out |= well;
    all_have_credit &= !well || has_credit(*one);
  }
  return row.free_to_go && way_out && all_have_credit;
}

std::vector<std::string> idle_rows::look(const virtual_system& process) {
  if (clock_.steady < next_look_) return {};
  next_look_ = clock_.steady + between_looks;
  const auto pipeline = process.pipeline();
  const auto node = pipeline ? pipeline->node : 0;
  if (std::exchange(node_, node) != node) forget();
  if (!pipeline || process.flags().draining) return {};
  const auto directory = pipeline->directory->get();
  std::map<persistence::transaction_id, instant> idle;
  std::vector<std::string> found;
  for (const auto& row : audit_.free_rows(clock_.wall())) {
    if (!could_be_taken(*directory, row)) continue;
    const auto before = since_.find(row.id);
    const auto since = before == since_.end() ? clock_.steady : before->second;
    idle.emplace(row.id, since);
    if (clock_.steady - since > patience)
      found.push_back(text_of(row) + where(*directory, row.provider));
  }
  since_ = std::move(idle);
  return found;
}

}  // namespace postrider::tests
