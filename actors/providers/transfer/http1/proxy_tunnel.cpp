#include "actors/providers/transfer/http1/proxy_tunnel.hpp"

#include "actors/providers/transfer/http1/reply_parser.hpp"
#include "actors/providers/transfer/http1/request_text.hpp"

namespace postrider::actors::http1 {
namespace {

constexpr std::size_t tunnel_reply_block = 4 * 1024;

/// A proxy that is there and could not reach the peer says so with a status.
tunnel_answer judge(int status) {
  if (status >= 200 && status < 300) return {};
  const auto text = "the proxy answered CONNECT with HTTP " + std::to_string(status);
  // 401 is tinyproxy's answer to a wrong password.
  if (status == 407 || status == 401) return {transfer_error::proxy_login, text};
  return {transfer_error::connect, text};
}

}  // namespace

wire::awaitable<tunnel_answer> connect_through(connection& proxy, const route& way) {
  proxy.output.clear();
  write_connect(proxy.output, way.peer, way.proxy);
  const wire::byte_stream::pieces bytes{wire::net::buffer(proxy.output), {}};
  const auto [not_written, written] = co_await proxy.stream.write(bytes);
  if (not_written)
    co_return tunnel_answer{transfer_error::disconnected,
                            "the proxy's connection ended: " + not_written.message()};

  transfer_result answer;
  const transfer_engine::stream_data no_data;
  reply_reader reader(answer, no_data, 0);
  reader.expect_no_body();
  auto state = reply_reader::state::incomplete;
  while (state == reply_reader::state::incomplete) {
    const auto into = proxy.input.prepare(tunnel_reply_block);
    const auto [ended, size] = co_await proxy.stream.read_some(into);
    if (ended)
      co_return tunnel_answer{transfer_error::disconnected,
                              "the proxy's connection ended: " + ended.message()};
    proxy.input.commit(size);
    state = reader.take(proxy.input);
  }
  if (state != reply_reader::state::complete)
    co_return tunnel_answer{transfer_error::proxy, "the proxy's answer: " + reader.error_text()};
  auto verdict = judge(answer.status);
  // Nothing can come from the peer before it was asked.
  if (verdict.error == transfer_error::none && proxy.input.size() > 0)
    verdict = {transfer_error::proxy, "the proxy sent more than its answer to CONNECT"};
  co_return verdict;
}

}  // namespace postrider::actors::http1
