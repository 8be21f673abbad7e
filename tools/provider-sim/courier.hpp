#pragma once

#include "tools/provider-sim/errand.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <vector>

namespace postrider::provider_sim {

// Does errands: waits, tells the listeners of events, and calls callbacks over HTTP, each on a
// connection of its own. It calls this machine only; anything else is counted as refused.
class courier {
 public:
  explicit courier(boost::asio::io_context& io) : io_(io) {}

  // One after the other; `done` is called at the end if there is one.
  void carry(provider& at, std::vector<errand> list, std::function<void()> done);

 private:
  boost::asio::awaitable<void> run(provider& at, std::vector<errand> list,
                                   std::function<void()> done);
  boost::asio::awaitable<void> call(provider& at, const callback& what);

  boost::asio::io_context& io_;
};

}  // namespace postrider::provider_sim
