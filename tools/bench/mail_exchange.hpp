#pragma once

#include "tools/bench/conversation.hpp"

namespace postrider::bench {

// Sends mail as mail servers do: EHLO once, then for each mail MAIL, RCPT and DATA in one group
// (PIPELINING, RFC 2920), and its text when the server asks for it. A mail's answer is the reply to
// its text, or the first that refused it.
class mail_exchange final : public conversation {
 public:
  bool begin() override;
  std::string_view words() override;
  state add(std::size_t size) override;
  void next() override;

 private:
  enum class step { greeting, hello, ready, group, text };

  // The next reply's code; 0: it is not here yet.
  unsigned take_reply();
  state answered(unsigned code);
  state answered_group(unsigned code);
  void note(unsigned code);

  step at_ = step::greeting;
  std::size_t taken_ = 0;    // bytes of the buffer
  std::size_t replies_ = 0;  // of the group
};

// The first bytes of a request, up to the end of its group.
std::string_view group_of(std::string_view request);

}  // namespace postrider::bench
