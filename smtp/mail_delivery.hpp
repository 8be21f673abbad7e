#pragma once

#include "inbound/source_call.hpp"
#include "smtp/counters.hpp"
#include "smtp/dialogue.hpp"

#include <optional>
#include <string>
#include <vector>

namespace postrider::smtp {

/// A received mail on its way into the ledger. The mail is one message to each recipient of each of
/// its sources, and has one reply. When the client repeats it, those that are stored are not stored
/// again, because a mail names itself (Message-ID). A mail that some recipients can never get is
/// taken for the others: mail servers repeat for five days, and a repeat is known for one.
class mail_delivery {
 public:
  mail_delivery(received_mail mail, std::string id, actors::time_point now);

  /// Makes the messages. The reply when there is nothing to store.
  std::optional<reply> prepare();
  /// The messages, and the recipient of each.
  std::vector<actors::send_request> take_messages() { return std::move(messages_); }
  const sources::recipient_list& recipients() const { return recipients_; }
  /// The reply when all have ended.
  reply finish(actors::result<std::vector<inbound::sent_message>> ends);
  /// The reply when they did not end in time.
  reply too_late();

  const std::string& id() const { return id_; }
  mail_end end() const { return end_; }

 private:
  /// The mail for one source.
  struct part {
    std::string address;
    inbound::source_ptr source;
    sources::translation made;
    inbound::source_outcome outcome;
  };

  void add_messages(part& to);
  reply refuse_all(reply what);
  /// Adds the mail to the histories of its sources.
  void note(unsigned status);
  bool is_test() const { return mail_.client && mail_.client->test; }

  received_mail mail_;
  const std::string id_;
  const actors::time_point now_;
  std::vector<part> parts_;
  std::vector<actors::send_request> messages_;
  sources::recipient_list recipients_;
  mail_end end_ = mail_end::refused;
};

}  // namespace postrider::smtp
