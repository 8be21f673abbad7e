#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::provider_sim {

// A listener to a provider's events.
class event_sink {
 public:
  virtual ~event_sink() = default;
  virtual void push(std::string_view event) = 0;
  virtual void end() = 0;
};

// The listeners of one provider. An event without a listener is lost, as with signal-cli.
class event_hub {
 public:
  // An empty account means all accounts.
  void add(std::weak_ptr<event_sink> sink, std::string account);
  // Returns how many listeners there were.
  std::size_t publish(std::string_view account, std::string_view data);
  void end_all();
  std::size_t listeners() const;

 private:
  struct listener {
    std::weak_ptr<event_sink> sink;
    std::string account;
  };
  std::vector<listener> listeners_;
};

}  // namespace postrider::provider_sim
