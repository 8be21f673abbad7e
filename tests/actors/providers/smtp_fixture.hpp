#pragma once

#include "actors/providers/transfer/smtp_transfer_engine.hpp"
#include "tests/actors/providers/engine_fixture.hpp"
#include "tests/support/smtp_peer.hpp"

namespace postrider::actors {

/// A small message to that server, without TLS.
transfer_request mail_to(std::string url, std::string group = "mail");

/// "greeting 220, EHLO 250" in that order.
std::string shown(const std::vector<smtp_reply>& replies);

struct smtp_fixture : engine_fixture {
  smtp_fixture() { engine = make_smtp_transfer_engine(); }
};

}  // namespace postrider::actors
