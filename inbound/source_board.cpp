#include "inbound/source_board.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace postrider::inbound {

source_ptr source_directory::named(std::string_view name) const {
  const auto found = std::ranges::find(
      all_, name, [](const auto& one) -> const auto& { return one->settings.name; });
  return found == all_.end() ? nullptr : *found;
}

source_ptr source_directory::at_host(std::string_view authority) const {
  const auto host = authority.substr(0, authority.find(':'));
  if (host.empty()) return nullptr;
  const auto found = std::ranges::find_if(
      all_, [&](const auto& one) { return ascii::equals_ignoring_case(one->settings.host, host); });
  return found == all_.end() ? nullptr : *found;
}

void source_board::put(std::vector<sources::source_settings> settings) {
  const std::lock_guard lock(mutex_);
  std::vector<source_ptr> all;
  for (auto& one : settings) {
    const auto before = current_->named(one.name);
    auto history = before ? before->history : std::make_shared<source_history>();
    all.push_back(std::make_shared<open_source>(open_source{std::move(one), std::move(history)}));
  }
  current_ = std::make_shared<source_directory>(std::move(all));
}

std::shared_ptr<const source_directory> source_board::get() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

boost::json::array source_statistics(const source_board& board, const source_history& of_users) {
  boost::json::array all;
  const auto add = [&](boost::json::object about, std::string_view name,
                       sources::source_type type) {
    about["source"] = name;
    about["type"] = sources::to_string(type);
    all.push_back(std::move(about));
  };
  for (const auto& one : board.get()->all())
    add(one->history->report(), one->settings.name, one->settings.type);
  if (auto about = of_users.report(); about.contains("last_request_at"))
    add(std::move(about), mail_of_users, sources::source_type::mail);
  return all;
}

}  // namespace postrider::inbound
