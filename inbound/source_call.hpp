#pragma once

#include "actors/api/gateway.hpp"
#include "sources/translate.hpp"

namespace postrider::inbound {

/// The end of one message of a request.
struct sent_message {
  std::string to;
  actors::result<actors::send_receipt> end;
};

/// Posts all messages of a request. The answer comes when each has ended, with one of the errors
/// that make it worth while to repeat the request if there is one; then it is that error's.
void send_all(actors::gateway& gateway, std::vector<actors::send_request> messages,
              sources::recipient_list to, const std::string& trace,
              actors::completion<std::vector<sent_message>> done);

}  // namespace postrider::inbound
