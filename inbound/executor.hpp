#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace postrider::inbound {

namespace net = boost::asio;
using tcp = net::ip::tcp;
/// TCP, or the Unix socket of this machine.
using stream = net::generic::stream_protocol;

/// Every connection has a strand of the server's one io_context. The type is spelled out where Asio
/// would take any_io_executor, which costs an allocation and an indirect call for each operation.
using executor = net::strand<net::io_context::executor_type>;
using socket = net::basic_stream_socket<stream, executor>;
using acceptor = net::basic_socket_acceptor<stream, executor>;
using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                        net::wait_traits<std::chrono::steady_clock>, executor>;

template <class T>
using awaitable = net::awaitable<T, executor>;
/// `co_await operation(..., as_result)` gives the error code instead of an exception.
inline constexpr net::as_tuple_t<net::use_awaitable_t<executor>> as_result{};

}  // namespace postrider::inbound
