#include "tools/postrider/ask.hpp"

#include "tools/postrider/message_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace postrider::cli {

outcome<boost::json::object> ask(http_client& server, const std::string& method,
                                 const std::string& target, const std::string& body,
                                 const std::string& idempotency_key) {
  const auto reply = server.request(method, target, body, idempotency_key);
  if (!reply) return reply.error();
  return understood_answer(*reply);
}

outcome<boost::json::array> ask_for_list(http_client& server, const std::string& method,
                                         const std::string& target, const std::string& body) {
  const auto reply = server.request(method, target, body);
  if (!reply) return reply.error();
  boost::json::error_code error;
  const auto parsed = boost::json::parse(reply->body, error);
  const bool good = reply->status >= 200 && reply->status <= 299;
  if (!error && good && parsed.is_array()) return parsed.get_array();
  if (const auto answer = understood_answer(*reply); !answer) return answer.error();
  return failure::because("the answer is not a list; check the URL");
}

}  // namespace postrider::cli
