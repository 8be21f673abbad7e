#include "tools/provider-sim/call_log.hpp"

#include "tools/provider-sim/json_text.hpp"

#include <chrono>
#include <stdexcept>

namespace postrider::provider_sim {

call_log::call_log(const std::string& path) : file_(path, std::ios::trunc) {
  if (!file_) throw std::runtime_error("cannot write " + path);
}

void call_log::add(std::string_view provider, outcome what, std::string_view recipient,
                   std::string_view body, clock_time now) {
  line_ = "{\"at_ns\":";
  append_number(line_, std::chrono::nanoseconds(now.time_since_epoch()).count());
  line_ += ",\"provider\":";
  append_json_string(line_, provider);
  line_ += ",\"outcome\":";
  append_json_string(line_, name_of(what));
  line_ += ",\"recipient\":";
  append_json_string(line_, recipient);
  line_ += ",\"body\":";
  append_json_string(line_, body);
  line_ += "}\n";
  file_ << line_;
}

}  // namespace postrider::provider_sim
