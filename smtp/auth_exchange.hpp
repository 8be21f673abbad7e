#pragma once

#include "smtp/reply.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// The exchange behind AUTH (RFC 4954) by PLAIN (RFC 4616) or LOGIN. The password is an API key,
/// and the user name may be anything; a client that has one field only may put the key there.
class auth_exchange {
 public:
  enum class next : std::uint8_t {
    ask,      ///< the reply asks for another line
    refused,  ///< the reply says why
    known,    ///< `key()` is the client's
  };

  /// "PLAIN", "PLAIN <initial response>".
  next begin(std::string_view argument);
  /// The client's answer.
  next take(std::string_view line);
  const reply& says() const { return says_; }
  const std::string& key() const { return key_; }

 private:
  enum class step : std::uint8_t { plain, user, password };

  next answer(std::string_view encoded);
  next ask(step then, std::string_view text);
  next refuse(unsigned code, std::string_view enhanced, std::string text);
  next take_plain(const std::string& decoded);
  next with(std::string user, std::string password);

  step step_ = step::plain;
  reply says_;
  std::string user_, key_;
};

}  // namespace postrider::smtp
