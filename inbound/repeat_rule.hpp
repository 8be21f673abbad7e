#pragma once

#include "actors/api/delivery_requests.hpp"
#include "sources/translate.hpp"

#include <optional>
#include <string>

namespace postrider::inbound {

/// One message of a request to a source that may come twice. A key of the client's own is within
/// that client; an event is the same whoever tells it, because two Alertmanagers of a pair do.
class repeat_rule {
 public:
  /// `own`: the client's key.
  repeat_rule(const sources::source_settings& of, const sources::translation& made, bool test,
              std::optional<actors::once_only> own = {});

  std::optional<actors::once_only> for_recipient(const std::string& to) const;
  /// A repeat of the request stores only what is missing.
  bool is_harmless() const { return once_.has_value(); }

 private:
  std::optional<actors::once_only> once_;
  std::string place_;
};

}  // namespace postrider::inbound
