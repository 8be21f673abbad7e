#include "actors/ledger/commit_statistics.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <variant>

namespace postrider::actors {
namespace {

/// The last batches whose size an inspection shows.
constexpr std::size_t remembered_batches = 16;

}  // namespace

void commit_statistics::on_batch(std::size_t transitions, std::chrono::microseconds took) {
  last_commit_ = took;
  slowest_commit_ = std::max(slowest_commit_, took);
  last_batch_ = transitions;
  largest_batch_ = std::max(largest_batch_, transitions);
  ++batches_;
  transitions_ += transitions;
  sizes_.add(static_cast<double>(transitions));
  commits_.add(seconds_of(took));
  commit_latency_.add(took);
  last_batches_.push_front(transitions);
  if (last_batches_.size() > remembered_batches) last_batches_.pop_back();
}

void commit_statistics::on_applied(const persistence::ledger_batch& batch,
                                   const persistence::batch_result& results) {
  for (std::size_t i = 0; i < results.size(); ++i)
    if (std::holds_alternative<persistence::cancel_message>(batch.transitions[i]))
      cancelled_ += results[i].count;
}

void commit_statistics::report(boost::json::object& into) const {
  into["batches"] = batches_;
  into["transitions"] = transitions_;
  into["last_batch"] = last_batch_;
  into["last_batches"] = boost::json::array(last_batches_.begin(), last_batches_.end());
  into["largest_batch"] = largest_batch_;
  into["commit_us"] = {{"p50", commit_latency_.percentile(0.5).count()},
                       {"p99", commit_latency_.percentile(0.99).count()}};
  into["last_commit_us"] = last_commit_.count();
  into["slowest_commit_us"] = slowest_commit_.count();
  into["batch_transitions"] = sizes_.report();
  into["commit_seconds"] = commits_.report();
  into["cancelled"] = cancelled_;
  into["errors"] = errors_;
}

}  // namespace postrider::actors
