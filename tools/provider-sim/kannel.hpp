#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/form.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// Kannel's smsbox 1.4.5, GET /cgi-bin/sendsms (user guide, tables 7-16 and 7-17; gw/smsbox.c):
// its replies literally, and delivery reports fetched from dlr-url. Of POST only the refusal of a
// form is there. Texts are read as UTF-8 whatever `charset` says.
class kannel {
 public:
  // `user:password`; empty takes any user with any password.
  explicit kannel(std::string login) : login_(std::move(login)) {}

  void answer(provider& at, const request_view& request, reply& out);

 private:
  bool is_allowed(const form& given) const;
  void send(provider& at, const form& given, clock_time now, reply& out);
  void add_reports(provider& at, const form& given, std::string_view to, bool is_accepted,
                   reply& out);

  std::string login_;
  std::uint64_t messages_ = 0;
};

// The facts of a delivery report, by Kannel's escapes in dlr-url.
struct delivery_report {
  int type = 1;            // %d: 1 delivered, 2 failed, 8 accepted by the SMSC, 16 rejected by it
  std::string answer;      // %A
  std::string foreign_id;  // %F: the SMSC's
  std::string smsc;        // %i
  std::string id;          // %I
  std::string sender;      // %p: of the report, which is the message's receiver
  std::string receiver;    // %P
  std::int64_t time = 0;   // %T, unix seconds
};

std::string fill_report_url(std::string_view url, const delivery_report& report);

}  // namespace postrider::provider_sim
