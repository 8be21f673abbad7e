#pragma once

#include <string>
#include <utility>
#include <vector>

namespace postrider::actors {

/// A provider's later word on a message that it accepted, posted to /receipts/{provider}/{token}.
struct receipt_call {
  std::string method;
  /// As the provider knows it, scheme and host included, because signatures cover it.
  std::string url;
  std::vector<std::pair<std::string, std::string>> query;    ///< decoded parameters of the URL
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
};

/// The call as the HTTP front has it; the pipeline fills `url`.
struct receipt_request : receipt_call {
  std::string provider;
  std::string token;
  /// The target as it came, "/receipts/...?type=1".
  std::string target;
};

}  // namespace postrider::actors
