#include "actors/api/gateway.hpp"

#include <stdexcept>

/// Stands in for the pipeline's own where it is not built.
namespace postrider::actors {

std::string_view to_string(delivery_status status) {
  switch (status) {
    case delivery_status::pending: return "pending";
    case delivery_status::processing: return "processing";
    case delivery_status::success: return "success";
    case delivery_status::failed: return "failed";
    case delivery_status::partial: break;
  }
  return "partial";
}

void throw_exception_from_error(const service_error& error, const boost::source_location&) {
  throw std::runtime_error(error.detail);
}

std::vector<field_problem> value_problems(send_request, time_point) { return {}; }
std::vector<field_problem> value_problems(const new_key&, time_point) { return {}; }

}  // namespace postrider::actors
