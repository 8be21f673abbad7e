// The bodies of Asio's TLS, compiled once; programs that speak plain HTTP do not link it.
#include <boost/asio/ssl/impl/src.hpp>
