#include "inbound/request_id.hpp"

#include <fmt/format.h>

#include <iterator>
#include <random>

namespace postrider::inbound {

void make_request_id(std::string& out) {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  out.clear();
  fmt::format_to(std::back_inserter(out), "{:016x}{:016x}", generator(), generator());
}

}  // namespace postrider::inbound
