#pragma once

#include "persistence/model.hpp"

#include <list>
#include <unordered_map>

namespace postrider::actors {

/// The provider lists of the users that were routed last; the least recently used one goes first.
class user_list_cache {
 public:
  using list_type = std::vector<persistence::user_provider>;
  explicit user_list_cache(std::size_t capacity) : capacity_(capacity) {}

  /// Valid until the next change of the cache.
  const list_type* find(persistence::user_id user) {
    const auto at = index_.find(user);
    if (at == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, at->second);
    return &at->second->list;
  }

  void put(persistence::user_id user, list_type list) {
    erase(user);
    order_.push_front({user, std::move(list)});
    index_.emplace(user, order_.begin());
    if (index_.size() <= capacity_) return;
    index_.erase(order_.back().user);
    order_.pop_back();
  }

  void erase(persistence::user_id user) {
    const auto at = index_.find(user);
    if (at == index_.end()) return;
    order_.erase(at->second);
    index_.erase(at);
  }

  void clear() {
    order_.clear();
    index_.clear();
  }

  std::size_t size() const { return index_.size(); }

 private:
  struct entry {
    persistence::user_id user;
    list_type list;
  };
  std::size_t capacity_;
  std::list<entry> order_;
  std::unordered_map<persistence::user_id, std::list<entry>::iterator> index_;
};

}  // namespace postrider::actors
