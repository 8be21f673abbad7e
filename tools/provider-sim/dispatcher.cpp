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
  route(*at, request, out);
}

// The first test is for what benchmarks ask.
void dispatcher::route(provider& at, const request_view& request, reply& out) {
  const std::string_view path = request.path;
  if (path.starts_with("/api/v1/")) return signal_rpc_.answer(at, request, out);
  if (path.starts_with("/v1/") || path.starts_with("/v2/"))
    return signal_rest_.answer(at, request, out);
  if (path.starts_with("/2010-04-01/")) return twilio_.answer(at, request, out);
  if (path.starts_with("/cgi-bin/")) return kannel_.answer(at, request, out);
  if (path == "/hook" || path.starts_with("/hook/")) return webhook_.answer(at, request, out);
  if ((path.empty() || path == "/") && request.method == "POST")
    return ntfy_.answer(at, request, out);
  signal_rpc_.answer(at, request, out);
}

void dispatcher::carry(const destination& to, std::vector<errand> list,
                       std::function<void()> done) {
  provider* at = book_.find_or_make(to.provider_name);
  if (at && runner_) return runner_(*at, std::move(list), std::move(done));
  if (done) done();
}

}  // namespace postrider::provider_sim
