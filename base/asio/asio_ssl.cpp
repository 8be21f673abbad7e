// The bodies of Asio's TLS, compiled once. The linker leaves them out of programs without TLS.
#include <boost/asio/ssl/impl/src.hpp>
