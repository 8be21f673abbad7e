// The bodies of Asio and Beast, compiled once (BOOST_ASIO_SEPARATE_COMPILATION and
// BOOST_BEAST_SEPARATE_COMPILATION) and not again in every file that uses them.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
