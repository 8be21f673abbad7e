#pragma once

#include "tools/provider-sim/behaviour.hpp"
#include "tools/provider-sim/outcome.hpp"
#include "tools/provider-sim/text_hash.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::provider_sim {

struct accepted_message {
  std::string recipient;
  std::string body;
  std::uint64_t count = 0;
};

// Counts what one simulated provider accepted, so that a test can ask what was lost and what came
// twice. It keeps a 16-byte hash per message; the texts only if asked to, and those of the first
// hundred messages that came more than once.
class tally {
 public:
  explicit tally(bool keep_texts = false) : keep_texts_(keep_texts) {}

  void count_request() { ++requests_; }
  void count_refused() { ++refused_; }
  void count_turned_away() { ++turned_away_; }
  void count_call() { ++calls_; }
  void count_outcome(outcome o) { ++by_outcome_[static_cast<std::size_t>(o)]; }
  // `now` is the monotonic clock's.
  void accept(std::string_view recipient, std::string_view body, clock_time now);

  std::uint64_t requests() const { return requests_; }        // HTTP requests, whatever they ask
  std::uint64_t calls() const { return calls_; }              // sends that were decided on
  std::uint64_t refused() const { return refused_; }          // sends that are not valid
  std::uint64_t turned_away() const { return turned_away_; }  // closed because of an outage
  std::uint64_t accepted() const { return accepted_; }
  clock_time last_accepted() const { return last_accepted_; }
  std::uint64_t distinct() const { return distinct_; }
  std::uint64_t repeated() const { return repeated_; }  // messages accepted more than once
  std::uint64_t of(outcome o) const { return by_outcome_[static_cast<std::size_t>(o)]; }
  bool keeps_texts() const { return keep_texts_; }

  std::uint64_t accepted_of(std::string_view recipient, std::string_view body) const;
  std::uint64_t accepted_of_body(std::string_view body) const;
  std::vector<accepted_message> duplicates() const;
  // In the order of first acceptance; empty unless the texts are kept.
  std::vector<accepted_message> page(std::size_t offset, std::size_t limit) const;

  void reset() { *this = tally(keep_texts_); }

 private:
  // Split so that growing one table does not stop the program for long.
  using table = boost::unordered_flat_map<text_hash, std::uint32_t, text_hash_bits>;
  using tables = std::array<table, 64>;
  static std::uint32_t& slot(tables& in, const text_hash& key) { return in[key.high >> 58][key]; }
  static std::uint64_t lookup(const tables& in, const text_hash& key);

  bool keep_texts_;
  std::uint64_t requests_ = 0, calls_ = 0, refused_ = 0, turned_away_ = 0;
  std::uint64_t accepted_ = 0, distinct_ = 0, repeated_ = 0;
  clock_time last_accepted_{};
  std::array<std::uint64_t, outcome_count> by_outcome_{};
  tables messages_;
  tables bodies_;
  std::vector<accepted_message> texts_;
  std::vector<accepted_message> repeats_;
};

}  // namespace postrider::provider_sim
