#pragma once

#include "http/inbound.hpp"
#include "http/overview_series.hpp"
#include "inbound/executor.hpp"

#include <memory>

namespace postrider::http {

/// Asks the pipeline every ten seconds how it goes, a few sections of the inspection, and adds the
/// answer to the series. Ends with its io_context.
class overview_sampler {
 public:
  overview_sampler(net::io_context& io, actors::gateway& gateway,
                   std::shared_ptr<overview_series> into);
  void start();

 private:
  struct round;

  void wait();
  void ask();

  timer timer_;
  actors::gateway& gateway_;
  std::shared_ptr<overview_series> into_;
};

}  // namespace postrider::http
