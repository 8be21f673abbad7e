#pragma once

#include "persistence/model.hpp"

#include <odb/nullable.hxx>

/// ODB records to values.
namespace postrider::persistence {

struct node_record;

/// Microseconds since 1970, as the columns have them.
std::optional<time_point> to_optional_time(const odb::nullable<std::int64_t>& microseconds);

node to_node(const node_record& record, time_point now);

}  // namespace postrider::persistence
