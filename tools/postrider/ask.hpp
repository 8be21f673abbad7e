#pragma once

#include "tools/postrider/client.hpp"

#include <boost/json/object.hpp>

#include <string>

/// One question to a server and its answer as JSON.
namespace postrider::cli {

outcome<boost::json::object> ask(http_client& server, const std::string& method,
                                 const std::string& target, const std::string& body = {},
                                 const std::string& idempotency_key = {});

/// For answers that are a list.
outcome<boost::json::array> ask_for_list(http_client& server, const std::string& method,
                                         const std::string& target, const std::string& body = {});

}  // namespace postrider::cli
