#pragma once

#include "inbound/source_history.hpp"
#include "sources/settings.hpp"

#include <boost/json/array.hpp>

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace postrider::inbound {

/// A source in force.
struct open_source {
  sources::source_settings settings;
  /// The history of all sources that had this name.
  std::shared_ptr<source_history> history;
};
using source_ptr = std::shared_ptr<const open_source>;

/// The sources as of one moment. Never changed once it is shared.
class source_directory {
 public:
  explicit source_directory(std::vector<source_ptr> all) : all_(std::move(all)) {}
  const std::vector<source_ptr>& all() const { return all_; }
  /// Null: there is none.
  source_ptr named(std::string_view name) const;
  /// By the Host of a request, with or without a port.
  source_ptr at_host(std::string_view authority) const;

 private:
  std::vector<source_ptr> all_;
};

/// The place of the directory: SIGHUP puts another one there. For any thread.
class source_board {
 public:
  void put(std::vector<sources::source_settings> settings);
  std::shared_ptr<const source_directory> get() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const source_directory> current_ =
      std::make_shared<source_directory>(std::vector<source_ptr>());
};

/// The name of all mail to users together, which has a history as a source has. No source has it.
inline constexpr std::string_view mail_of_users = "user+";

/// For metrics and /admin/inspect: an object for each source, and one for mail to users, if there
/// was any.
boost::json::array source_statistics(const source_board& board, const source_history& of_users);

}  // namespace postrider::inbound
