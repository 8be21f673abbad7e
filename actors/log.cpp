#include "actors/log.hpp"

#include <utility>

namespace postrider::actors {
namespace {
log_sink& sink() {
  static log_sink instance;
  return instance;
}
}  // namespace

void set_log_sink(log_sink value) { sink() = std::move(value); }

void log(log_level level, std::string_view component, std::string_view text) {
  if (sink()) sink()(level, component, text);
}

}  // namespace postrider::actors
