#pragma once

#include "persistence/model.hpp"

/// ODB records to values.
namespace postrider::persistence {

struct node_record;

node to_node(const node_record& record, time_point now);

}  // namespace postrider::persistence
