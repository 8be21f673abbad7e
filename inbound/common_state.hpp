#pragma once

#include "inbound/first_sign_in.hpp"
#include "inbound/source_board.hpp"

#include <boost/json/object.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace postrider::inbound {

/// State that all ways in share. For any thread.
class common_state {
 public:
  source_board sources;
  /// Mail to users, who have no source.
  const std::shared_ptr<source_history> of_users = std::make_shared<source_history>();
  /// An operator wants no new work here for now (/admin/drain); /admin/resume undoes it.
  std::atomic<bool> drained{false};

  inbound::first_sign_in first_sign_in;

  /// Adds a section to metrics and to /admin/inspect, for another way in than HTTP.
  void add_section(std::string name, std::function<boost::json::object()> report) {
    const std::lock_guard lock(mutex_);
    sections_.push_back({std::move(name), std::move(report)});
  }
  /// The sections, in the place of those of the same name.
  void report_sections(boost::json::object& into) const {
    const std::lock_guard lock(mutex_);
    for (const auto& one : sections_)
      into[one.name] = one.report();
  }

 private:
  struct section {
    std::string name;
    std::function<boost::json::object()> report;
  };

  mutable std::mutex mutex_;
  std::vector<section> sections_;
};

}  // namespace postrider::inbound
