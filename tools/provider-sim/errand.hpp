#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace postrider::provider_sim {

// A request that the simulator makes on its own account: a status callback or a delivery report.
struct callback {
  std::string_view method = "POST";
  std::string url;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  unsigned attempts = 1;
  std::chrono::microseconds retry_pause{0};
};

// An event for those who listen to a Signal account.
struct stream_event {
  std::string account;
  std::string data;  // a JSON text without line ends
};

// The errands of one request are done one after the other, in the order of the list.
struct errand {
  std::chrono::microseconds pause{0};  // before it
  std::variant<stream_event, callback> what;
};

}  // namespace postrider::provider_sim
