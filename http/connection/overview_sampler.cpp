#include "http/connection/overview_sampler.hpp"

namespace postrider::http {
namespace {

/// The section "scheduler" also has the dispatcher's lanes, and "dispatcher" its counters alone.
constexpr std::array<std::string_view, 5> overview_sections{"intake", "archiver", "dispatcher",
                                                            "scheduler", "senders"};

}  // namespace

/// One point of the series; the last answer adds it. Without all answers there is none.
struct overview_sampler::round {
  std::mutex mutex;
  boost::json::object document;
  std::size_t missing = overview_sections.size();
  std::shared_ptr<overview_series> into;

  void answered(std::string_view section, actors::result<boost::json::object> answer) {
    const std::lock_guard lock(mutex);
    auto* content = answer ? answer->if_contains(section) : nullptr;
    const bool known =
        content && !(content->is_object() && content->get_object().contains("error"));
    if (!known) return;
    document[section] = std::move(*content);
    if (--missing > 0) return;
    into->add(std::chrono::time_point_cast<actors::time_point::duration>(
                  std::chrono::system_clock::now()),
              overview_of(document));
  }
};

overview_sampler::overview_sampler(net::io_context& io, actors::gateway& gateway,
                                   std::shared_ptr<overview_series> into)
    : timer_(net::make_strand(io)), gateway_(gateway), into_(std::move(into)) {}

void overview_sampler::start() {
  timer_.expires_after(overview_series::step);
  wait();
}

void overview_sampler::wait() {
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    ask();
    // So that the steps do not drift.
    timer_.expires_at(timer_.expiry() + overview_series::step);
    wait();
  });
}

void overview_sampler::ask() {
  auto now = std::make_shared<round>();
  now->into = into_;
  for (const auto section : overview_sections)
    gateway_.inspect(std::string(section),
                     [now, section](auto answer) { now->answered(section, std::move(answer)); });
}

}  // namespace postrider::http
