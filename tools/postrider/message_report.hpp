#pragma once

#include "tools/postrider/client.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <map>
#include <string>
#include <vector>

/// The server's answers in words for a person. Members that are missing are left out: an older
/// or newer server is no reason to show nothing.
namespace postrider::cli {

/// A member's text; numbers and booleans as they are written, nothing for null or a missing one.
std::string member_text(const boost::json::object& object, std::string_view name);

/// A member's elements; none when it is no array.
const boost::json::array& member_array(const boost::json::object& object, std::string_view name);

/// The objects among them.
std::vector<const boost::json::object*> member_objects(const boost::json::object& object,
                                                       std::string_view name);

/// The two ways to name a message on a command line.
bool is_transaction_number(const std::string& text);
bool is_message_id(const std::string& text);

/// The answer's JSON object. The failure is a sentence: a problem document, which it has too, with
/// all its errors and their pointers, or an answer that Postrider would not give.
outcome<boost::json::object> understood_answer(const http_reply& reply);

/// A transaction's state in words: `failed: unavailable, connection refused; the next attempt is
/// #2`.
std::string transaction_state(const boost::json::object& transaction);

/// A message with the chains of all its recipients, as `GET /v1/messages/{message_id}` gives it.
std::string message_report(const boost::json::object& message);

/// True when nothing more will happen to any recipient.
bool is_final(const boost::json::object& message);

/// Remembers what was shown of a message and says what is new.
class change_report {
 public:
  /// A line for each transaction that is new or changed; empty when there is none.
  std::string changes(const boost::json::object& message, std::chrono::milliseconds since_start);

 private:
  std::map<std::string, std::string> shown_;
};

}  // namespace postrider::cli
