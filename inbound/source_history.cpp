#include "inbound/source_history.hpp"

namespace postrider::inbound {

void source_history::add(source_request one) {
  const std::lock_guard lock(mutex_);
  ++counted_[static_cast<std::size_t>(one.outcome.result)];
  messages_ += one.outcome.stored;
  requests_.push_front(std::move(one));
  if (requests_.size() > kept) requests_.pop_back();
}

std::vector<source_request> source_history::requests() const {
  const std::lock_guard lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

boost::json::object source_history::report() const {
  const std::lock_guard lock(mutex_);
  boost::json::object requests;
  for (std::size_t i = 0; i < counted_.size(); ++i)
    requests[source_result_names[i]] = counted_[i];
  boost::json::object made{{"requests", std::move(requests)}, {"messages", messages_}};
  if (!requests_.empty()) made["last_request_at"] = to_rfc3339(requests_.front().at);
  return made;
}

}  // namespace postrider::inbound
