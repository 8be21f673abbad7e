#pragma once

#include "tools/bench/options.hpp"
#include "tools/bench/workload.hpp"

#include <string>

namespace postrider::bench {

// Writes the bytes of a request by hand, into a string that is reused: POST /send/message, or for
// load_target::signal the same message as signal-cli's JSON-RPC, for load_target::mail as a mail.
class request_text {
 public:
  explicit request_text(const options& o);

  void write_request(const job& what, std::string& into);
  // The text of the message, the same each time it is asked for one job:
  // "bench:<seq>:<start_ns>" and the padding.
  void append_message(const job& what, std::string& into) const;

 private:
  void write_postrider_body(const job& what);
  void write_signal_body(const job& what);
  void write_mail(const job& what, std::string& into) const;
  void append_recipient(const job& what);

  std::string head_;  // up to the value of Content-Length, or of Message-ID
  std::string body_;
  load_target target_;
  std::uint64_t users_;
  std::uint64_t recipients_;
  std::size_t text_bytes_;
};

}  // namespace postrider::bench
