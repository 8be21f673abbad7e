#include "actors/providers/transfer/smtp/smtp_connection.hpp"

namespace postrider::actors::smtp {

wire::awaitable<void> say_goodbye(wire::executor on, std::shared_ptr<connection> served) {
  // A server that reads nothing any more must not hold up the end.
  wire::timer limit(on, std::chrono::seconds(1));
  limit.async_wait([served](wire::error_code cancelled) {
    if (!cancelled) served->stream.close();
  });
  static constexpr std::string_view quit = "QUIT\r\n";
  const wire::byte_stream::pieces bytes{wire::net::buffer(quit), {}};
  co_await served->stream.write(bytes);
  limit.cancel();
  served->stream.close();
}

}  // namespace postrider::actors::smtp
