#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

/// Bytes to a peer and back: names, addresses, connections, TLS and time. Knows no protocol.
namespace postrider::actors::wire {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using error_code = boost::system::error_code;
using clock = std::chrono::steady_clock;

/// One thread runs everything, so nothing here has a lock or a strand. The type is spelled out
/// where Asio would take any_io_executor, which costs an allocation and an indirect call for each
/// operation.
using executor = net::io_context::executor_type;
using tcp_socket = net::basic_stream_socket<tcp, executor>;
using timer = net::basic_waitable_timer<clock, net::wait_traits<clock>, executor>;

template <class T>
using awaitable = net::awaitable<T, executor>;
/// `co_await operation(..., as_result)` gives the error code instead of an exception.
inline constexpr net::as_tuple_t<net::use_awaitable_t<executor>> as_result{};

}  // namespace postrider::actors::wire
