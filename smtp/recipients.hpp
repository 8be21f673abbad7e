#pragma once

#include "actors/api/gateway.hpp"
#include "inbound/source_board.hpp"
#include "smtp/mail_path.hpp"
#include "smtp/reply.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace postrider::smtp {

/// The sources that mail of a client may go to.
struct recipient_rules {
  /// The source of all mail, whatever its address is; empty: the address decides.
  std::string only_source;
  /// The source of mail to postmaster; empty: there is none.
  std::string postmaster;
  /// The client's key; null: it needs none.
  const persistence::api_key* key = nullptr;
  /// The history of mail to "user+7", which has no source of its own.
  std::shared_ptr<inbound::source_history> of_users;
};

/// The source that an address stands for: "alerts@..." is the source `alerts`, "user+7@..." one
/// whose only recipient is the user 7. The error is the reply.
boost::system::result<inbound::source_ptr, reply> find_recipient(
    const inbound::source_directory& all, const recipient_rules& rules, const mail_path& to);

[[noreturn]] void throw_exception_from_error(const reply& error,
                                             const boost::source_location& where);

}  // namespace postrider::smtp
