#include "base/log.hpp"

#include <utility>

namespace postrider {
namespace {

struct destination {
  log_sink sink;
  log_level least = log_level::info;
};

destination& current() {
  static destination instance;
  return instance;
}

}  // namespace

void set_log_sink(log_sink sink, log_level least) { current() = {std::move(sink), least}; }

bool logs(log_level level) { return current().sink && level >= current().least; }

void log(log_level level, std::string_view component, std::string_view text, log_fields fields) {
  if (logs(level)) current().sink(level, component, text, fields);
}

}  // namespace postrider
