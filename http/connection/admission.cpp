#include "http/connection/admission.hpp"

#include "http/connection/session.hpp"
#include "http/problem.hpp"
#include "inbound/request_id.hpp"

namespace postrider::http {
namespace {

void turn_away(front& shared, socket& peer, bool local, crowd why) {
  shared.counters.count(why == crowd::all ? refusal::connections
                                          : refusal::connections_per_address);
  if (!local && shared.tls.get()) return;  // A handshake for this would cost what the limit saves.
  http::response answer;
  std::string id, bytes;
  make_request_id(id);
  write_problem(answer,
                {problem_code::too_many_connections,
                 why == crowd::all ? "this server has as many connections as it takes"
                                   : "this address has as many connections as it may"},
                id);
  append_response(bytes, answer, {id, false, true, false});
  shared.counters.count_answer(counters::max_routes, answer.status, {});
  // A new socket's buffer has room for it; who is over the limit is not waited for.
  boost::system::error_code ignored;
  peer.non_blocking(true, ignored);
  peer.write_some(net::buffer(bytes), ignored);
  peer.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace

void admit(front& shared, socket peer, const std::string& address) {
  const bool local = connections::is_local(address);
  if (const auto why = shared.connections.refuses(address))
    return turn_away(shared, peer, local, *why);
  ++shared.counters.connections;
  ++shared.counters.accepted;
  const auto one = std::make_shared<session>(shared, std::move(peer), local);
  shared.connections.add(one, address);
  one->start();
}

}  // namespace postrider::http
