#pragma once

#include "actors/api/gateway.hpp"
#include "http/inbound.hpp"
#include "http/settings.hpp"
#include "inbound/common_state.hpp"
#include "inbound/tls.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <string>

namespace postrider::http {

/// Whether the files of the certificate can be used; else a sentence for the operator.
boost::system::result<tls_in_force, std::string> check_certificate(const http_settings& settings);

/// The HTTP front on threads of its own. Beast stays inside.
class server {
 public:
  virtual ~server() = default;
  /// "127.0.0.1:8080", with the port that was taken.
  virtual std::string address() const = 0;
  /// Reads the files of the certificate again; new connections take what they hold. With
  /// an error, a sentence for the operator, the certificate in force stays.
  virtual boost::system::result<tls_in_force, std::string> renew_certificate() = 0;
  /// The sources in force, and what else other ways in share.
  virtual common_state& common() = 0;
  /// Takes no new connection; open ones end after their current request.
  virtual void drain() = 0;
  /// Drains, waits at most `deadline` for requests in flight, then closes what is left.
  virtual void stop(std::chrono::milliseconds deadline) = 0;
};

/// Binds and starts; the error is a sentence for the operator. `gateway` must outlive the server.
boost::system::result<std::unique_ptr<server>, std::string> start_server(
    const http_settings& settings, actors::gateway& gateway);

}  // namespace postrider::http
