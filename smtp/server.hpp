#pragma once

#include "actors/api/gateway.hpp"
#include "inbound/common_state.hpp"
#include "inbound/tls.hpp"
#include "smtp/settings.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <vector>

namespace postrider::smtp {

/// Whether the files of the certificate and the networks can be used; else a sentence for the
/// operator.
boost::system::result<void, std::string> check_settings(const smtp_settings& settings);

/// The SMTP front on threads of its own.
class server {
 public:
  virtual ~server() = default;
  /// "127.0.0.1:2525" of each listener, with the port that was taken, in the order of the settings.
  virtual std::vector<std::string> addresses() const = 0;
  /// Reads the files of the certificate again; new connections take what they hold. With an error,
  /// a sentence for the operator, the certificate in force stays.
  virtual boost::system::result<inbound::tls_in_force, std::string> renew_certificate() = 0;
  /// Takes no new connection and no new mail.
  virtual void drain() = 0;
  /// Drains, waits at most `deadline` for mails under way, then closes what is left.
  virtual void stop(std::chrono::milliseconds deadline) = 0;
};

/// Binds and starts; the error is a sentence for the operator. `gateway` and `common` must outlive
/// the server.
boost::system::result<std::unique_ptr<server>, std::string> start_server(
    const smtp_settings& settings, actors::gateway& gateway, inbound::common_state& common);

}  // namespace postrider::smtp
