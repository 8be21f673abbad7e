#include "tools/provider-sim/dispatcher.hpp"

namespace postrider::provider_sim {

destination find_destination(std::string_view target, std::string_view name_of_port) {
  destination to;
  const std::size_t question = target.find('?');
  to.path = target.substr(0, question);
  if (question != target.npos) to.query = target.substr(question + 1);
  to.provider_name = name_of_port;
  if (to.path == "/control" || to.path.starts_with("/control/")) {
    to.to_control = true;
  } else if (to.path.starts_with("/p/")) {
    const std::string_view rest = to.path.substr(3);
    to.provider_name = rest.substr(0, rest.find('/'));
    to.path = rest.substr(to.provider_name.size());
  }
  return to;
}

bool dispatcher::turns_away(const destination& to, clock_time now) {
  if (to.to_control) return false;
  provider* at = book_.find_or_make(to.provider_name);
  if (!at || !at->rules.is_down(now)) return false;
  at->counts.count_turned_away();
  return true;
}

void dispatcher::answer(const destination& to, request_view& request, reply& out) {
  request.path = to.path;
  request.query = to.query;
  if (to.to_control) return control_.answer(request, out);
  provider* at = book_.find_or_make(to.provider_name);
  if (!at) {
    out.status = 404;
    return;
  }
  at->counts.count_request();
  signal_rpc_.answer(*at, request, out);
}

}  // namespace postrider::provider_sim
