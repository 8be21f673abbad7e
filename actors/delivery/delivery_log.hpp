#pragma once

#include "actors/environment.hpp"
#include "actors/rules/message_log.hpp"
#include "base/log.hpp"

namespace postrider::actors {

/// A line about a delivery, with its provider's name.
inline void log_delivery(log_level level, const char* component,
                         const provider_directory& directory, const persistence::delivery& of,
                         std::string_view text) {
  const auto known = directory.all.find(of.transaction.provider);
  log(level, component, text,
      log_subject{of.message.get(), &of.transaction,
                  known == directory.all.end() ? std::string_view() : known->second.name});
}

}  // namespace postrider::actors
