#include "tools/provider-sim/provider_book.hpp"

#include <algorithm>

namespace postrider::provider_sim {
namespace {
constexpr std::size_t max_providers = 1000;
constexpr std::size_t max_name_length = 64;
}  // namespace

bool provider_book::is_name(std::string_view name) {
  constexpr std::string_view signs = "_.-";
  return !name.empty() && name.size() <= max_name_length &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  signs.find(c) != signs.npos;
         });
}

provider* provider_book::find_or_make(std::string_view name) {
  auto found = entries_.find(name);
  if (found != entries_.end()) return &found->second;
  if (!is_name(name) || entries_.size() >= max_providers) return nullptr;
  provider fresh{behaviour(initial_), tally(keep_texts_), {}};
  return &entries_.emplace(name, std::move(fresh)).first->second;
}

}  // namespace postrider::provider_sim
